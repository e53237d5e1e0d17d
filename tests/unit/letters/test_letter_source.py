"""What a letter's folder may say, and what the linter says about it."""

from __future__ import annotations

import pytest

from grantflow import letters
from grantflow.errors import BadProgramme
from grantflow.letters import sandbox
from grantflow.letters.names import unknown_names
from grantflow.texts import text

BLOCK = '[blocks.opening]\nlabel = "A"\nlabel_en = "A"\ntext = "{{ info.on | date_long }}"\n'


def _keys(problems):
    return [problem.key for problem in problems]


def _found(problems):
    return [(p.params.get("line"), p.params.get("reason")) for p in problems]


def test_shipped_letters_are_without_fault(shipped_name, letter):
    assert letters.lint(letter(shipped_name)) == []


def test_shipped_blocks_name_only_what_exists():
    env = sandbox.environment()
    facts = frozenset({"due", "weeks", "days", "basis"})
    for name in env.list_templates():
        if name.startswith("blocks/"):
            source = (env.loader.get_source(env, name))[0]
            assert unknown_names(env.parse(source), facts, frozenset()) == []


def test_shipped_decisions_carry_the_remedy_and_the_others_do_not(shipped_name, letter):
    source = letter(shipped_name)
    assert source.remedy is (source.kind == "decision")


@pytest.mark.parametrize(
    ("toml", "body", "key", "place"),
    [
        (b"kind = ", b"", "letters.not_toml", "letters/pig/letter.toml"),
        (b"\xff", b"", "letters.not_toml", "letters/pig/letter.toml"),
        (b"", b"\xff", "letters.not_text", "letters/pig/body.html"),
        (b"moon = 1", b"", "letters.wrong_field", "letters/pig/letter.toml"),
    ],
)
def test_a_broken_folder_is_refused(toml, body, key, place):
    with pytest.raises(BadProgramme) as caught:
        letters.parse_source("pig", toml, body)
    assert {(p.key, p.place) for p in caught.value.problems} == {(key, place)}


def test_a_decision_without_remedy_is_refused(written):
    with pytest.raises(BadProgramme, match="remedy"):
        letters.parse_source(
            "pig",
            b'kind="decision"\nlegal_nature="-"\nremedy=false\nsubject="x"\n[title]\nde="a"\nen="a"',
            b"",
        )


@pytest.mark.parametrize(
    "body", ["{% if %}", "{{ case.project | upper }}", "{{ x is divisibleby(2) }}", "{% endfor %}"]
)
def test_a_template_that_cannot_be_read_names_its_line(written, body):
    with pytest.raises(BadProgramme) as caught:
        written(f"<p>\n{body}</p>")
    (problem,) = caught.value.problems
    assert (problem.key, problem.place) == ("letters.syntax", "letters/pig/body.html")
    assert problem.params["line"] == 2


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("{{ moon }}", "moon"),
        ("{{ authority.nmae }}", "nmae"),
        ("{{ authority.name.upper() }}", "?()"),
        ("{{ authority.name.x }}", "x"),
        ("{% for p in decision.expenditure %}{{ p.prize }}{% endfor %}", "prize"),
        ("{% for p in decision.expenditure if p.prize %}{% endfor %}", "prize"),
        ("{% for p in annexes %}{% else %}{{ moon }}{% endfor %}", "moon"),
        ("{% for a, b in facts.pairs %}{{ a }}{{ c }}{% endfor %}", "c"),
        ("{% set d = decision %}{{ d.amonut }}", "amonut"),
        ("{% with d = decision %}{{ d.amonut }}{% endwith %}", "amonut"),
        ("{{ decision.expenditure[0].prize }}", "prize"),
        ("{{ decision['amonut'] }}", "amonut"),
        ("{{ (decision.statement if decision else grantee).moon }}", "moon"),
        ("{{ facts.moon }}", "moon"),
        ("{{ letter.moon }}", "moon"),
        ("{{ deadline.moon.on }}", "moon"),
        ("{{ deadline.remedy.on }}", "remedy"),
        ("{{ block('moon') }}", "block('moon')"),
        ("{{ range(10) }}", "range()"),
        ("{{ ''.__class__ }}", None),
        ("{% macro m(a) %}{{ a.x }}{{ moon }}{% endmacro %}{{ m(case) }}", "moon"),
        ("{% extends 'base.html' %}", "extends"),
        ("{% import 'base.html' as b %}", "import"),
        ("{% from 'base.html' import b %}", "fromimport"),
        ("{% block x %}{% endblock %}", "block"),
    ],
)
def test_an_unknown_name_is_found_with_its_line(written, body, name):
    source = written("\n" + body, 'optional_facts = ["pairs"]\n')
    found = _found(letters.lint(source))
    assert found == ([(2, name)] if name else [])


def test_known_names_pass(written):
    source = written(
        "{{ answers.form.field[0].more }}{{ facts.pairs.anything }}{{ decision.expenditure[i] }}"
        "{{ block('opening') }}{{ case.project or facts.pairs }}{{ loop }}".replace(
            "{{ loop }}", "{% for x in annexes %}{{ loop.index }}{{ x }}{% endfor %}"
        ).replace("[i]", "[0].label"),
        'optional_facts = ["pairs"]\n',
        BLOCK,
    )
    assert letters.lint(source) == []


def test_a_need_that_does_not_exist_is_found(written):
    source = written("", 'needs = ["decision.amonut | facts.moon", "case. .x"]\n')
    assert [problem.place for problem in letters.lint(source)] == [
        "letters/pig/letter.toml#needs"
    ] * 3


@pytest.mark.parametrize("name", ["base.html", "moon.html", "../../etc/passwd"])
def test_only_shipped_blocks_are_included(written, name):
    source = written(f"{{% include '{name}' %}}{{% include case.project %}}")
    assert _keys(letters.lint(source)) == ["letters.unknown_include"] * 2


def test_an_unused_block_is_found(written):
    assert _keys(letters.lint(written("", "", BLOCK))) == ["letters.unused_block"]


def test_the_remedy_belongs_to_decisions_and_only_to_them(written, letter):
    shown = written("{% include 'blocks/remedy.html' %}")
    assert _keys(letters.lint(shown)) == ["letters.remedy_not_declared"]
    hidden = letter("rejection_decision").model_copy(update={"body": "", "blocks": {}})
    assert _keys(letters.lint(hidden)) == ["letters.remedy_not_shown"]


@pytest.mark.parametrize(
    ("markup", "key"),
    [
        ("<script>x</script>", "letters.forbidden_markup"),
        ("<img src='https://moon.example/x.png' alt='x'>", "letters.forbidden_markup"),
        ("<p style='background: url(x)'>", "letters.forbidden_markup"),
        ("<p onclick='x'>", "letters.forbidden_markup"),
        ("<iframe>", "letters.forbidden_markup"),
        ("<img src='x.png'>", "letters.image_without_alt"),
        ("<th>x</th>", "letters.header_without_scope"),
    ],
)
def test_forbidden_markup_is_found(written, markup, key):
    problems = letters.lint(written("\n\n" + markup))
    assert (_keys(problems), problems[0].params["line"]) == ([key], 3)


def test_a_source_that_slipped_past_the_parser_is_still_linted(written):
    broken = written("").model_copy(update={"body": "{% if %}"})
    assert _keys(letters.lint(broken)) == ["letters.syntax"]


def test_problems_are_sentences_in_both_languages(written):
    for problem in letters.lint(written("{{ moon }}<th>{% include 'x' %}")):
        for language in ("de", "en"):
            assert problem.key not in text(problem.key, language, **problem.params)
