"""Decision tables answer as DMN says and record which rules answered."""

from __future__ import annotations

import pytest
from dmn_text import dmn, table

from grantflow.decisions import DecisionError, DecisionTable, evaluate, lint, parse
from grantflow.errors import BadProgramme
from grantflow.texts import text

BANDS = [([">= 10"], ['"high"']), (["[5..10)"], ['"middle"']), (["< 5"], ['"low"'])]
OVERLAPPING = [(["> 1"], ["10"]), (["> 2"], ["30"]), (["> 3"], ["20"])]


def one(*arguments, **options) -> DecisionTable:
    return parse(dmn(table(*arguments, **options)), "d.dmn")[0]


@pytest.mark.parametrize(
    ("x", "result", "rule"), [(12, "high", 1), (5, "middle", 2), (1, "low", 3)]
)
def test_a_unique_table_gives_the_one_rule(x, result, rule):
    outcome = evaluate(one(BANDS), {"x": x})
    assert outcome.values == {"result": result}
    assert outcome.rules == (f"d_rule_{rule}",)
    assert outcome.inputs == {"x": x}


def test_overlapping_unique_rules_are_an_error_that_names_them():
    with pytest.raises(DecisionError) as error:
        evaluate(one(OVERLAPPING), {"x": 5})
    assert error.value.key == "decisions.overlap"
    assert error.value.params == {"table": "Tabelle d", "rules": "1, 2, 3"}


def test_no_rule_without_default_is_an_error():
    with pytest.raises(DecisionError, match="no_rule"):
        evaluate(one([(["1"], ["1"])]), {"x": 5})


def test_no_rule_gives_the_default():
    outcome = evaluate(one([(["1"], ["1"])], default='"none"'), {"x": 5})
    assert outcome.values == {"result": "none"}
    assert outcome.rules == ()


@pytest.mark.parametrize(
    ("policy", "options", "result", "rules"),
    [
        ("FIRST", {}, 10, (1,)),
        ("RULE ORDER", {}, [10, 30, 20], (1, 2, 3)),
        ("COLLECT", {}, [10, 30, 20], (1, 2, 3)),
        ("COLLECT", {"aggregation": "SUM"}, 60, (1, 2, 3)),
        ("COLLECT", {"aggregation": "MIN"}, 10, (1, 2, 3)),
        ("COLLECT", {"aggregation": "MAX"}, 30, (1, 2, 3)),
        ("COLLECT", {"aggregation": "COUNT"}, 3, (1, 2, 3)),
        ("PRIORITY", {"values": "30,20,10"}, 30, (2,)),
        ("PRIORITY", {"values": "20"}, 20, (3,)),
        ("OUTPUT ORDER", {"values": "30,20,10"}, [30, 20, 10], (2, 3, 1)),
    ],
)
def test_hit_policies(policy, options, result, rules):
    outcome = evaluate(one(OVERLAPPING, policy=policy, **options), {"x": 5})
    assert outcome.values == {"result": result}
    assert outcome.rules == tuple(f"d_rule_{n}" for n in rules)


@pytest.mark.parametrize(
    ("policy", "options", "result"),
    [
        ("COLLECT", {}, []),
        ("COLLECT", {"aggregation": "SUM"}, 0),
        ("COLLECT", {"aggregation": "MAX"}, None),
        ("COLLECT", {"aggregation": "COUNT"}, 0),
        ("RULE ORDER", {}, []),
        ("FIRST", {"default": "7"}, 7),
        ("ANY", {"default": "7"}, 7),
        ("PRIORITY", {"default": "7", "values": "10"}, 7),
    ],
)
def test_nothing_matches(policy, options, result):
    outcome = evaluate(one(OVERLAPPING, policy=policy, **options), {"x": 0})
    assert outcome.values == {"result": result}


def test_any_wants_agreement():
    same = [(["> 1"], ['"yes"']), (["> 2"], ['"yes"'])]
    outcome = evaluate(one(same, policy="ANY"), {"x": 5})
    assert outcome.values == {"result": "yes"}
    assert outcome.rules == ("d_rule_1", "d_rule_2")
    with pytest.raises(DecisionError, match="disagree"):
        evaluate(one(OVERLAPPING, policy="ANY"), {"x": 5})


def test_only_numbers_can_be_added():
    rules = [(["> 1"], ['"a"']), (["> 2"], ["1"])]
    with pytest.raises(DecisionError, match="no_numbers"):
        evaluate(one(rules, policy="COLLECT", aggregation="SUM"), {"x": 5})


def test_several_columns_and_answers_that_compute():
    found = one(
        [(["-", "> limit"], ["x * 2", '"too much"']), (["", "<= limit"], ["x", ""])],
        inputs=("x", "x + 1"),
        outputs=("amount", "note"),
    )
    assert evaluate(found, {"x": 9, "limit": 5}).values == {"amount": 18, "note": "too much"}
    assert evaluate(found, {"x": 1, "limit": 5}).values == {"amount": 1, "note": None}
    assert found.variables() == {"x", "limit"}
    assert found.output_names() == ("amount", "note")


def test_a_cell_that_fails_names_table_and_expression():
    with pytest.raises(DecisionError) as error:
        evaluate(one([(["> limit"], ["1"])]), {"x": 5})
    assert error.value.key == "decisions.bad_cell"
    assert error.value.params["table"] == "Tabelle d"
    assert error.value.params["expression"] == "> limit"


def test_required_decisions_come_first():
    file = dmn(
        table([(['"high"'], ["100"]), (["-"], ["0"])], policy="FIRST", own="sum",
              inputs=("band",), outputs=("total",), requires=("band_d",)),
        table(BANDS, own="band_d", outputs=("band",)),
    )  # fmt: skip
    total, band = parse(file, "d.dmn")
    assert (total.id, band.id) == ("sum", "band_d")
    outcome = evaluate(total, {"x": 11})
    assert outcome.values == {"band": "high", "total": 100}
    assert outcome.rules == ("band_d_rule_1", "sum_rule_1")
    assert total.output_names() == ("band", "total")
    assert total.variables() == {"x"}


def test_an_output_without_name_takes_that_of_the_decision():
    file = dmn(table(BANDS)).replace(b' name="result"', b"")
    assert parse(file, "d.dmn")[0].outputs[0].name == "d"
    with_variable = file.replace(b"<decisionTable", b'<variable name="band"/><decisionTable')
    assert parse(with_variable, "d.dmn")[0].outputs[0].name == "band"


STRUCTURE = [
    (b"<definitions/>", "no_dmn"),
    (dmn(), "empty"),
    (dmn(table(BANDS), table(BANDS)), "twice"),
    (dmn('<decision id="d" name="n"><literalExpression/></decision>'), "no_table"),
    (dmn(table(BANDS, policy="SOMETIMES")), "unknown_policy"),
    (dmn(table(BANDS, policy="COLLECT", aggregation="MEDIAN")), "unknown_policy"),
    (dmn(table([], outputs=())), "no_columns"),
    (dmn(table([(["1", "2"], ["3"])])), "uneven"),
    (dmn(table(BANDS, requires=("gone",))), "missing"),
    (dmn(table(BANDS, requires=("e",)), table(BANDS, own="e", requires=("d",))), "circle"),
    (dmn(table(BANDS), namespace="http://elsewhere"), "no_dmn"),
]


@pytest.mark.parametrize(("xml", "key"), STRUCTURE)
def test_what_is_no_table_is_refused(xml, key):
    with pytest.raises(BadProgramme) as error:
        parse(xml, "d.dmn")
    keys = [problem.key for problem in error.value.problems]
    assert keys == [f"decisions.{key}"]
    assert [problem.key for problem in lint(xml, "d.dmn")] == keys
    assert all(problem.place.startswith("d.dmn") for problem in error.value.problems)


ENDLESS = "count(for i in 1..1000000000 return i)"
FAULTS = [
    ({"rules": []}, "no_rules"),
    ({"rules": BANDS * 200}, "many_rules"),
    ({"rules": [(["> "], ["1"])]}, "cell"),
    ({"rules": [(["1"], ["1 +"])]}, "cell"),
    ({"rules": [(["1"], [""])]}, "cell"),
    ({"rules": [([ENDLESS], ["1"])]}, "cell"),
    ({"rules": [(["1"], [ENDLESS])]}, "cell"),
    ({"rules": BANDS, "inputs": (ENDLESS,)}, "heading"),
    ({"rules": BANDS, "default": ENDLESS}, "heading"),
    ({"rules": BANDS, "inputs": ("x >",)}, "heading"),
    ({"rules": BANDS, "default": "1 +"}, "heading"),
    ({"rules": BANDS, "outputs": ("count",)}, "bad_name"),
    ({"rules": BANDS, "outputs": ("two words",)}, "bad_name"),
    ({"rules": BANDS, "policy": "PRIORITY"}, "no_order"),
    ({"rules": [(["1"], ["1", "2"])], "outputs": ("same", "same")}, "same_name"),
]


@pytest.mark.parametrize(("options", "key"), FAULTS)
def test_lint_finds_it_and_says_so_in_both_languages(options, key):
    problems = lint(dmn(table(**options)), "d.dmn")
    assert {problem.key for problem in problems} == {f"decisions.{key}"}
    for problem in problems:
        for language in ("de", "en"):
            assert "{" not in text(problem.key, language, **problem.params)


def test_all_faults_come_at_once_with_the_number_of_the_rule():
    rules = [(["1"], ["1"]), (["> "], ["2 +"]), (["3 3"], ["3"])]
    problems = lint(dmn(table(rules)), "d.dmn")
    assert [(p.place, p.params["rule"]) for p in problems] == [
        ("d.dmn#d_rule_2", 2),
        ("d.dmn#d_rule_2", 2),
        ("d.dmn#d_rule_3", 3),
    ]


def test_of_many_cells_that_never_end_the_first_is_told():
    rules = [(["1"], ["1"]), ([f"> {ENDLESS}"], [f"{ENDLESS} + 1"]), (["2"], [f"{ENDLESS} + 2"])]
    (problem,) = lint(dmn(table(rules)), "d.dmn")
    assert (problem.place, problem.params["rule"]) == ("d.dmn#d_rule_2", 2)
    stopped = ("expressions.out_of_time", "expressions.out_of_memory")
    assert problem.params["reason"].key in stopped


def test_a_sound_table_has_no_faults():
    assert lint(dmn(table(BANDS)), "d.dmn") == []


def test_cells_that_do_not_compile_do_not_stop_the_search_for_variables():
    assert one([(["> "], ["y"])]).variables() == {"x", "y"}
