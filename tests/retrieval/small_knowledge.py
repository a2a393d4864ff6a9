"""A small knowledge folder of our own."""

from pathlib import Path

SOURCES = """S0:
  title: A guide to pain
  publisher: The Guide
S2:
  title: Notes for prescribers
  url: https://example.org/notes
"""

# id: title, coverage, sources, related, body, questions
PASSAGES = {
    "cost": (
        "What LDN costs", "partial", "S2 S0 S2", "compounding time_of_day vivid_dreams missed_dose",
        "One source calls LDN fairly low in cost. It gives no prices.",
        "how much is it|does insurance pay for this|is it expensive|price per month|any coupons for LDN|cash price",
    ),
    "compounding": (
        "Compounding pharmacies", "full", "S2", "cost time_of_day",
        "A compounding pharmacy makes up the small dose. Drug makers do not sell it ready to use.",
        "what is a compounding pharmacy|can walgreens make it|who fills it|who mixes LDN|why not walmart|special",
    ),
    "time_of_day": (
        "When LDN is taken", "full", "S0", "vivid_dreams missed_dose",
        "LDN is mostly taken once a day at bedtime. Some people take it in the morning.",
        "morning or night|what time of day|bed or breakfast|is evening better|when do people take it|at bedtime",
    ),
    "vivid_dreams": (
        "Dreams and sleep", "full", "S0 S2", "time_of_day cost",
        "Vivid dreams are a known effect of LDN. They are mostly mild and often pass.",
        "odd dreams|nightmares every night|my sleep is bad|wild dreams since I began|do the dreams go away|insomnia",
    ),
    "missed_dose": (
        "A missed dose", "none", "", "time_of_day appointment",
        "Our sources do not say what to do about a missed dose of LDN.",
        "I forgot my capsule|missed last night|forgot to take it|skipped two days|took it late|took two by mistake",
    ),
    "appointment": (
        "Visits and refills", "full", "", "human_handoff cost",
        "For visits call {clinic_name} at {clinic_phone}. In an emergency call {emergency}.",
        "book a visit|refill please|what are your hours|where is your office|cancel my appointment|clinic phone number",
    ),
    "human_handoff": (
        "Talk to a person", "full", "", "appointment cost",
        "You can reach a person at {clinic_phone}.",
        "real person please|have a nurse ring me|speak to somebody|talk to staff|human|someone ring me back",
    ),
}  # fmt: skip

EXAMPLES = {
    "ask_cost": ["whats the damage per month", "can I afford this"],
    "greet": ["hello there", "good morning to you", "hiya"],
    "out_of_scope": ["best pizza in town", "fix my printer", "who won the game"],
}


def write_passage(knowledge: Path, topic: str, body: str = "") -> None:
    """Write one of PASSAGES, with another body if one is given."""
    title, coverage, sources, related, own, questions = PASSAGES[topic]
    claims = "".join(f"\n  - id: {source}\n    claim: What {source} says." for source in sources.split())
    (knowledge / "passages" / f"{topic}.md").write_text(
        f"---\nid: {topic}\ntitle: {title}\ncoverage: {coverage}\n"
        f"questions: [{questions.replace('|', ', ')}]\nsources:{claims or ' []'}\n"
        "drafted_on: 2026-11-21\nreview_due: 2027-05-21\n"
        f"related: [{related.replace(' ', ', ')}]\n---\n{body or own}\n",
        encoding="utf-8",
    )


def write_knowledge(knowledge: Path, topics: list[str]) -> Path:
    """A knowledge folder, its files written in the order of `topics`."""
    (knowledge / "passages").mkdir(parents=True)
    (knowledge / "sources.yml").write_text(SOURCES, encoding="utf-8")
    for topic in topics:
        write_passage(knowledge, topic)
    return knowledge
