"""The passages as they are: complete, short, plain, in our own words, and nobody else's address in them."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import textstat
from make_shingles import RUN, STORED, runs, shingles, words

from bot.retrieval.compose import fill
from bot.retrieval.passages import Passage, PassageError, cited, load_passages, load_sources, parse_passage
from bot.settings import ROOT, load_clinic
from bot.topics import TOPICS

KNOWLEDGE = ROOT / "knowledge"
SEEDS = ROOT.parent / "shared" / "seeds"
CONTACT = load_clinic(ROOT / "clinic.toml").contact()
PASSAGES = load_passages(KNOWLEDGE)
COPIED = frozenset(STORED.read_text(encoding="utf-8").split())

each_passage = pytest.mark.parametrize("passage", PASSAGES.values(), ids=PASSAGES.keys())

PHONE = re.compile(r"\(?\b\d{3}\)?[ .-]?\d{3}[ .-]\d{4}\b|\b\d{3}[ .-]\d{4}\b|\b(?:911|988)\b")
FOREIGN = re.compile(
    r"aabp|psychiatric edge|dr\.? ?oracle|psychology today|cleveland clinic|dartmouth|university of michigan|verywell"
    r"|vrooman|toljan|hatfield|gagnon|prange|metraux|gabay|duportail|chesterbrook|fullyfunctional"
    r"|(?:schedule|book) (?:a|your) (?:free )?consultation|book (?:now|online)|https?:|www\.",
    re.IGNORECASE,
)
_DEED = (
    r"(?:start|stop|pause|skip|double|halve|split|space|raise|lower|increase|reduce|cut|switch|taper|restart|resume)"
)
ORDER = re.compile(
    rf"^(?:please |just |simply |then |first,? |next,? )*{_DEED}\b"
    rf"|\byou (?:should|must|need to|have to|can|may|could|might) (?:also |then |safely |just )*{_DEED}\b"
    r"|^(?:please )?(?:take|use|try|swallow) (?:it|ldn|your|the|one|two|a|an|half|\d)\b"
    r"|\byou (?:should|must|can|may) (?:safely )?(?:take|drink|use) (?:it|ldn|alcohol|both)\b"
    r"|\b(?:is|are) (?:perfectly |quite )?(?:safe|fine|ok|okay) (?:for you|to take|to mix|to combine|together)\b"
    r"|\bwait (?:at least )?\d+ (?:hours?|days?|weeks?)\b|\b\d+ (?:hours?|days?) apart\b",
    re.IGNORECASE,
)


def shown(passage: Passage) -> list[str]:
    """Everything a patient may see, and the questions, which stand for what a patient would say."""
    return [passage.title, passage.body, *passage.questions]


def orders(text: str) -> list[str]:
    """The sentences and list items that tell a reader what to do with a medicine."""
    parts = [part.strip(" -*") for part in re.split(r"(?<=[.?!:])\s+|\n", text)]
    return [part for part in parts if ORDER.search(part)]


def copied(text: str, known: frozenset[str]) -> list[str]:
    """The runs of eight words that a text shares with an article."""
    return [run for key, run in runs(text).items() if key in known]


def test_topics_have_one_passage_each() -> None:
    assert sorted(PASSAGES) == sorted(TOPICS)
    assert len(TOPICS) == len(set(TOPICS)) == 52


@each_passage
def test_passage_body_is_short(passage: Passage) -> None:
    assert 20 <= len(passage.body.split()) <= 120


@each_passage
def test_passage_body_reads_at_grade_eight_or_below(passage: Passage) -> None:
    assert textstat.flesch_kincaid_grade(fill(passage.body, CONTACT)) <= 8


@each_passage
def test_passage_questions_are_six_to_twelve_and_differ(passage: Passage) -> None:
    folded = {" ".join(words(question)) for question in passage.questions}
    assert 6 <= len(passage.questions) <= 12
    assert len(folded) == len(passage.questions)


def test_questions_belong_to_one_passage_only() -> None:
    owners: dict[str, list[str]] = {}
    for passage in PASSAGES.values():
        for question in passage.questions:
            owners.setdefault(" ".join(words(question)), []).append(passage.id)
    assert {question: ids for question, ids in owners.items() if len(ids) > 1} == {}


def test_titles_differ() -> None:
    assert len({passage.title.casefold() for passage in PASSAGES.values()}) == len(PASSAGES)


@each_passage
def test_passage_cites_known_sources(passage: Passage) -> None:
    sources = load_sources(KNOWLEDGE)
    assert [source.id for source in cited(passage, sources)] == list(
        dict.fromkeys(claim.source for claim in passage.claims)
    )


@each_passage
def test_passage_claims_say_something(passage: Passage) -> None:
    assert [claim for claim in passage.claims if len(claim.claim.split()) < 3] == []


@each_passage
def test_passage_that_answers_has_a_claim(passage: Passage) -> None:
    process = passage.id in {"appointment", "human_handoff"}
    assert bool(passage.claims) or process or passage.coverage == "none"


@each_passage
def test_passage_without_full_coverage_says_so(passage: Passage) -> None:
    gap = re.search(r"\b(?:not|no|none|nothing|silent)\b", passage.body)
    assert gap is not None or passage.coverage == "full"


@each_passage
def test_passage_offers_two_to_four_other_topics(passage: Passage) -> None:
    assert 2 <= len(set(passage.related) - {passage.id}) == len(passage.related) <= 4


@each_passage
def test_passage_is_due_for_review_within_a_year(passage: Passage) -> None:
    assert timedelta(0) < passage.review_due - passage.drafted_on <= timedelta(days=366)


@each_passage
def test_passage_uses_only_known_placeholders(passage: Passage) -> None:
    used = re.findall(r"\{([^{}]*)\}", passage.body)
    assert set(used) <= set(CONTACT)
    assert not re.search(r"[{}]", fill(passage.body, CONTACT))
    assert not re.search(r"[{}]", passage.title + "".join(passage.questions))


@each_passage
def test_passage_names_the_clinic_only_on_process_topics(passage: Passage) -> None:
    assert "{clinic_" not in passage.body or passage.id in {"appointment", "human_handoff"}


@each_passage
def test_passage_holds_no_phone_number(passage: Passage) -> None:
    assert [text for text in shown(passage) if PHONE.search(text)] == []


@each_passage
def test_passage_names_no_other_clinic_or_person(passage: Passage) -> None:
    assert [text for text in shown(passage) if FOREIGN.search(text)] == []


@each_passage
def test_passage_does_not_shout_and_has_no_heading(passage: Passage) -> None:
    assert "!" not in passage.title + passage.body
    assert re.findall(r"^#", passage.body, re.MULTILINE) == []


@each_passage
def test_passage_lists_are_at_most_four_items(passage: Passage) -> None:
    assert len(re.findall(r"^\s*[-*] ", passage.body, re.MULTILINE)) <= 4


@each_passage
def test_passage_gives_no_order_about_a_medicine(passage: Passage) -> None:
    assert orders(passage.title) + orders(passage.body) == []


@each_passage
def test_passage_shares_no_eight_words_with_an_article(passage: Passage) -> None:
    ours = [*shown(passage), passage.staff, *(claim.claim for claim in passage.claims)]
    assert [run for text in ours for run in copied(text, COPIED)] == []


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the source articles are not on this machine")
def test_stored_shingles_are_those_of_the_articles() -> None:
    assert STORED.read_text(encoding="utf-8").split() == shingles(SEEDS)


def test_stored_shingles_are_many_short_hashes() -> None:
    assert len(COPIED) > 4000
    assert {len(key) for key in COPIED} == {10}


def test_copied_run_is_found_whatever_its_case_and_punctuation(tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text("The clinic’s cat sat, on 1.5 mats\nand purred loudly.", encoding="utf-8")
    known = frozenset(shingles(tmp_path))
    assert len(known) == 3
    assert copied("They say the CLINICS cat sat on 1.5 mats, and left.", known) == [
        "the clinics cat sat on 1.5 mats and"
    ]
    assert copied("the clinics cat sat on 15 mats and purred", known) == []
    assert len(words("the clinics cat sat on 1.5 mats and")) == RUN


@pytest.mark.parametrize(
    "text",
    [
        "Stop LDN three days before surgery.",
        "Please double the next dose.",
        "You should raise your dose after two weeks.",
        "You can safely skip a night.",
        "Take it with a meal.",
        "Good news.\n- Switch to the morning",
        "LDN is safe to take with wine.",
        "Wait 10 days after your last pill.",
        "Keep the two medicines 8 hours apart.",
    ],
)
def test_orders_are_recognised(text: str) -> None:
    assert len(orders(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Do not start, stop or change it on your own.",
        "Prescribers often raise LDN in small steps.",
        "Talk with your prescriber before you stop LDN.",
        "Some people take it in the morning.",
        "If you stop for surgery, call first.",
    ],
)
def test_cautions_are_not_orders(text: str) -> None:
    assert orders(text) == []


@pytest.mark.parametrize("text", ["(856) 699-1719", "call 555.010.0100", "555-0100", "dial 911", "text 988"])
def test_phone_numbers_are_recognised(text: str) -> None:
    assert PHONE.search(text) is not None


@pytest.mark.parametrize("text", ["1.5 to 4.5 mg", "30 to 50 percent", "about 50 mg", "2026-11-21"])
def test_doses_and_dates_are_no_phone_numbers(text: str) -> None:
    assert PHONE.search(text) is None


GOOD = """---
id: cost
title: What LDN costs
coverage: partial
questions: [how much, what does it cost, is it dear, price please, monthly price, any coupons]
sources:
  - id: S2
    claim: LDN is fairly cheap.
drafted_on: 2026-11-21
review_due: 2027-05-21
related: [compounding]
---
Ask your pharmacy about the price.
"""

MALFORMED = {
    "title is missing": ("title: What LDN costs\n", "", r"'title' is a required property; see knowledge/README\.md"),
    "review date is missing": ("review_due: 2027-05-21\n", "", r"'review_due' is a required property"),
    "unknown key": ("coverage: partial", "coverage: partial\nprice: low", r"'price' was unexpected"),
    "unknown key of a source": ("    claim:", "    page: 3\n    claim:", r"sources\.0: .*'page' was unexpected"),
    "bad YAML": ("title: What", "title: LDN: what", r"not valid YAML .* Quote texts that hold a colon"),
    "wrong id": ("id: cost", "id: price", r"id is 'price'; it must be the file's name, 'cost'"),
    "unknown coverage": ("coverage: partial", "coverage: most", r"coverage: 'most' is not one of"),
    "empty title": ("title: What LDN costs", 'title: ""', r"title: .*see knowledge/README\.md"),
    "empty claim": ("claim: LDN is fairly cheap.", 'claim: ""', r"sources\.0\.claim: "),
    "five questions": (", any coupons]", "]", r"questions: .*see knowledge/README\.md"),
    "not a date": ("2026-11-21", "last week", r"drafted_on must be a date such as 2026-11-21"),
    "front matter is a list": (GOOD.split("---\n")[1], "- id\n- title\n", r"front matter: .*is not of type 'object'"),
    "front matter is empty": (GOOD.split("---\n")[1], "", r"front matter: .*is not of type 'object'"),
    "front matter has no end": ("compounding]\n---\n", "compounding]\n", r"needs front matter between two lines '---'"),
    "text before the front matter": ("---\nid", "Hello\n---\nid", r"needs front matter between two lines '---'"),
}


def write(knowledge: Path, name: str, text: str) -> Path:
    path = knowledge / "passages" / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_parse_passage_reads_every_part(tmp_path: Path) -> None:
    passage = parse_passage(write(tmp_path, "cost", GOOD))
    assert (passage.id, passage.title, passage.coverage) == ("cost", "What LDN costs", "partial")
    assert passage.questions[-1] == "any coupons"
    assert [(claim.source, claim.claim) for claim in passage.claims] == [("S2", "LDN is fairly cheap.")]
    assert (str(passage.drafted_on), str(passage.review_due)) == ("2026-11-21", "2027-05-21")
    assert (passage.related, passage.staff, passage.body) == (
        ("compounding",),
        "",
        "Ask your pharmacy about the price.",
    )


@pytest.mark.parametrize(("old", "new", "message"), MALFORMED.values(), ids=MALFORMED.keys())
def test_parse_passage_refuses_what_is_malformed(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert GOOD.count(old) >= 1
    path = write(tmp_path, "cost", GOOD.replace(old, new, 1))
    with pytest.raises(PassageError, match=rf"(?s)cost\.md: .*{message}"):
        parse_passage(path)


def test_load_passages_refuses_an_unknown_related_topic(tmp_path: Path) -> None:
    write(tmp_path, "cost", GOOD)
    with pytest.raises(PassageError, match="cost: related topic 'compounding' has no passage"):
        load_passages(tmp_path)


def test_load_passages_refuses_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(PassageError, match="no passages in .* Point LDN_KNOWLEDGE at the knowledge folder"):
        load_passages(tmp_path)


def test_cited_refuses_an_unknown_source(tmp_path: Path) -> None:
    passage = parse_passage(write(tmp_path, "cost", GOOD))
    with pytest.raises(PassageError, match=r"cost: source 'S2' is not in knowledge/sources\.yml"):
        cited(passage, {})


DIGESTED = {
    "title": ("What LDN costs", "What LDN may cost"),
    "body": ("about the price.", "about the price first."),
    "claim": ("fairly cheap", "cheap"),
    "source": ("id: S2", "id: S1"),
    "coverage": ("coverage: partial", "coverage: full"),
    "staff": ("related:", "staff: Promise nothing.\nrelated:"),
}


@pytest.mark.parametrize(("old", "new"), DIGESTED.values(), ids=DIGESTED.keys())
def test_passage_digest_changes_with_every_word_shown(tmp_path: Path, old: str, new: str) -> None:
    before = parse_passage(write(tmp_path, "cost", GOOD))
    after = parse_passage(write(tmp_path, "cost", GOOD.replace(old, new, 1)))
    assert after.digest != before.digest
    assert before.version == before.digest[:12]


def test_passage_digest_ignores_the_dates_and_the_phrasings(tmp_path: Path) -> None:
    before = parse_passage(write(tmp_path, "cost", GOOD))
    text = GOOD.replace("2027-05-21", "2027-06-01").replace("any coupons", "a coupon")
    assert parse_passage(write(tmp_path, "cost", text)).digest == before.digest


def test_passage_sentences_leave_out_markdown_and_scraps(tmp_path: Path) -> None:
    text = GOOD.replace(
        "Ask your pharmacy about the price.", "It **may** cost little. No.\n\n- ask your pharmacy\n- or call us"
    )
    assert parse_passage(write(tmp_path, "cost", text)).sentences() == [
        "It may cost little.",
        "ask your pharmacy",
        "or call us",
    ]
