"""What the models read of a text, and that a place in it is a place in the text as it came."""

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kinds.messages.learned.masking import without_give_aways, without_numbers
from assay.kinds.messages.learned.prepared import Prepared, script_of


def test_how_a_link_begins_makes_no_difference() -> None:
    ways = ("https://www.a.example/x", "http://a.example/x", "www.a.example/x", "https://a.example/x")
    assert len({Prepared(f"Track it: {way}").plain for way in ways}) == 1


def test_the_marks_of_anonymised_collections_are_numbers() -> None:
    assert Prepared("I sent you &lt;#&gt; bucks &amp; more").plain == Prepared("I sent you 0 bucks & more").plain


def test_a_code_that_the_record_blacks_out_is_read_alike_before_and_after() -> None:
    given_, kept = Prepared("Your code is 482913, do not share it"), Prepared("Your code is ••••••, do not share it")
    assert given_.plain == kept.plain
    assert given_.shown == kept.shown


def test_disguised_letters_are_read_as_what_they_look_like() -> None:
    assert Prepared("Verify your раураl account").shown == "verify your paypal account"
    assert Prepared("Grüße aus Köln").shown == "Grüße aus Köln"


def test_a_place_is_mapped_back_across_entities_and_links() -> None:
    text = "Hi &amp; hello   https://www.bad.example/pay NOW"
    read = Prepared(text)
    for word in ("hello", "bad.example", "now"):
        at = read.plain.index(word)
        start, end = read.span(at, at + len(word))
        assert text[start:end].lower() == word


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_and_every_place_lies_inside_it(text: str) -> None:
    read = Prepared(text)
    start, end = read.span(0, len(read.plain))
    assert 0 <= start <= end <= len(text) + 1
    assert len(read.shape) == len(read.plain)
    script_of(read.plain)


def test_masking_takes_links_digits_and_money_out() -> None:
    assert without_numbers("Win 500 at bit.ly/x9 or www.a.example/1") == "Win 0 at URL or URL"
    assert without_give_aways("£5 or 5 元 &lt;#&gt;") == "$0 or 0 $ 0"
