// Bundles what the pages load into web/static/dist, and the FEEL interpreter for the V8 isolate.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "..", "src", "grantflow");
const dist = join(source, "web", "static", "dist");

const shared = {
  bundle: true,
  minify: true,
  charset: "utf8",
  target: ["es2022"],
  legalComments: "linked",
  logLevel: "warning",
  absWorkingDir: here,
};

const pages = {
  "kern": "src/kern.css",
  "htmx": "src/htmx.js",
  "viewer": "src/viewer/main.js",
  "modeler": "src/modeler/main.js",
  "form-editor": "src/form-editor.js",
  "dmn-editor": "src/dmn-editor.js",
  "text-editor": "src/text-editor.js",
};

async function bundlePages() {
  await build({
    ...shared,
    entryPoints: pages,
    outdir: dist,
    format: "iife",
    assetNames: "assets/[name]",
    loader: { ".woff2": "file", ".woff": "file", ".ttf": "file", ".eot": "file", ".svg": "file" },
  });
}

async function bundleFeel() {
  const entry = join(here, "feel", "feel.js");
  if (!existsSync(entry)) return;
  await build({
    ...shared,
    entryPoints: [entry],
    outfile: join(source, "expressions", "feel.js"),
    format: "iife",
    globalName: "feel",
    legalComments: "inline",
  });
}

/** The licences of everything that is shipped inside the bundles. */
async function copyLicences() {
  const target = join(dist, "licences");
  await mkdir(target, { recursive: true });
  for (const name of await readdir(join(here, "licences"))) {
    await copyFile(join(here, "licences", name), join(target, name));
  }
  for (const [folder, name] of [
    ["@kern-ux/native/LICENSE.md", "kern-ux.md"],
    ["bpmn-js/LICENSE", "bpmn-js.txt"],
    ["dmn-js/LICENSE", "dmn-js.txt"],
    ["@bpmn-io/form-js-editor/LICENSE", "form-js.txt"],
    ["feelin/LICENSE", "feelin.txt"],
    ["htmx.org/LICENSE", "htmx.txt"],
  ]) {
    await copyFile(join(here, "node_modules", folder), join(target, name));
  }
}

async function* walk(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
}

/** manifest.json: the hash of every file, and of the whole build, for addresses like kern.css?v=… */
async function writeManifest() {
  const files = {};
  for await (const path of walk(dist)) {
    const hash = createHash("sha256").update(await readFile(path)).digest("hex");
    files[relative(dist, path).replaceAll("\\", "/")] = hash.slice(0, 12);
  }
  const names = Object.keys(files).sort();
  const all = createHash("sha256");
  for (const name of names) all.update(`${name} ${files[name]}\n`);
  const manifest = {
    build: all.digest("hex").slice(0, 12),
    files: Object.fromEntries(names.map((name) => [name, files[name]])),
  };
  await writeFile(join(dist, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

await rm(dist, { recursive: true, force: true });
await bundlePages();
await bundleFeel();
await copyLicences();
await writeManifest();
