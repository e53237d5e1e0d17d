from grantflow.web.paging import address, paging


def test_empty_parts_do_not_appear_in_an_address() -> None:
    assert address("/tasks", {"scope": "mine", "text": "", "stage": None}) == "/tasks?scope=mine"
    assert address("/tasks", {"text": ""}) == "/tasks"


def test_a_search_text_is_quoted() -> None:
    assert address("/cases", {"text": "a&b=ü"}) == "/cases?text=a%26b%3D%C3%BC"


def test_the_only_page_has_no_neighbours() -> None:
    only = paging("/cases", {}, 1, 1)
    assert (only.previous, only.next, only.here) == (None, None, "/cases")


def test_a_page_in_the_middle_keeps_the_filters_of_its_neighbours() -> None:
    middle = paging("/cases", {"status": "DRAFT"}, 2, 3)
    assert middle.previous == "/cases?status=DRAFT"
    assert middle.here == "/cases?status=DRAFT&page=2"
    assert middle.next == "/cases?status=DRAFT&page=3"
