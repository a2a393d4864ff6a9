"""One slip of the finger in a drug's name: every one of them, not a sample."""

from collections.abc import Iterator

import pytest

from bot.safety.triage import assess

# Long enough that one slip leaves the name plain.
NAMES = "oxycodone hydrocodone morphine fentanyl methadone tramadol buprenorphine suboxone percocet oxycontin vicodin dilaudid butrans".split()  # noqa: SIM905
# Slips that are another word, or too far from the name by the guards: slip -> why.
KNOWN = {
    "burans": "too short for a distance of one",
    "trmadol": "one letter from tradol, which is known; expected to fail below",
    "traadol": "as trmadol",
}
HARMLESS = (  # noqa: SIM905
    "ibuprofen ibuprofin acetaminophen acetominophen naproxen naprosyn aspirin celecoxib celebrex meloxicam melaxicam diclofenac ketorolac gabapentin gabapenten "
    "gabapentine pregabalin duloxetine cymbalta amitriptyline amitriptaline nortriptyline venlafaxine effexor sertraline fluoxetine escitalopram citalopram "
    "bupropion buproprion mirtazapine trazodone trazadone lorazepam alprazolam clonazepam klonopin diazepam cyclobenzaprine flexeril tizanidine baclofen "
    "methocarbamol metaxalone carisoprodol topiramate lamotrigine levetiracetam oxcarbazepine carbamazepine metformin semaglutide tirzepatide insulin "
    "levothyroxine liothyronine prednisone methylprednisolone hydrocortisone hydrocortizone hydroxychloroquine methotrexate sulfasalazine leflunomide "
    "hydroxyzine hydroxizine cetirizine loratadine famotidine omeprazole pantoprazole ondansetron metoclopramide atorvastatin lisinopril losartan amlodipine "
    "metoprolol propranolol clonidine hydrochlorothiazide furosemide spironolactone oxybutynin doxycycline doxycyclin amoxicillin azithromycin valacyclovir "
    "melatonin magnesium curcumin turmeric naloxone sumatriptan rizatriptan lidocaine oxytocin progesterone pregnenolone methylfolate cortisone quercetin "
    "berberine ashwagandha modafinil ropinirole benadryl tylenol advil motrin aleve deliver morphing perch person codex fountain methodology norm tramway "
    "oxygen hydrate opinion prevent present president live lover river sliver olive vicar victory demeanor subtle suburb fenced"
).split()


def slips(name: str) -> Iterator[str]:
    """A letter dropped, two swapped, or another vowel; the first letter stays."""
    for i in range(1, len(name)):
        yield name[:i] + name[i + 1 :]
        yield name[:i] + name[i : i + 2][::-1] + name[i + 2 :]
        yield from (name[:i] + vowel + name[i + 1 :] for vowel in "aeiou" if name[i] in "aeiouy")


@pytest.mark.parametrize("name", NAMES)
def test_one_slip_still_escalates(name: str) -> None:
    missed = [
        slip
        for slip in dict.fromkeys(slips(name))
        if slip not in KNOWN and assess(f"i take {slip} every day").level < "escalate"
    ]
    assert missed == []


@pytest.mark.parametrize("slip", ["trmadol", "traadol"])
def test_slip_near_another_known_name_still_escalates(slip: str) -> None:
    assert assess(f"i take {slip} every day").level == "escalate"


def test_other_medicines_and_words_are_no_slip_of_an_opioid() -> None:
    assert len(HARMLESS) > 120
    assert [(word, flag.text) for word in HARMLESS for flag in assess(f"i take {word}").flags] == []
