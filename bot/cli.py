"""The `ldn` command. Each command is thin; heavy imports happen inside."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from bot.processes import NotReady, prepare_environment
from bot.settings import SettingsError, settings

if TYPE_CHECKING:
    from bot.evaluation.cases import Case

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="LDN Guide: patient education from vetted passages.",
)
audit_app = typer.Typer(no_args_is_help=True, help="The audit trail.")
app.add_typer(audit_app, name="audit")
console = Console(stderr=True)


def main() -> None:
    """Run a command; an expected error is one line with its cure."""
    prepare_environment()
    from bot.retrieval.encoder import EncoderError
    from bot.retrieval.index import StaleIndexError
    from bot.retrieval.nlu import ExamplesError
    from bot.retrieval.passages import PassageError

    try:
        app()
    except (NotReady, SettingsError, EncoderError, StaleIndexError, ExamplesError, PassageError) as error:
        console.print(f"[red]ldn:[/red] {error}", soft_wrap=True, highlight=False)
        sys.exit(1)


@app.command()
def serve() -> None:
    """Serve everything on http://localhost:8000, training and indexing first where needed."""
    from bot.serve import serve as run

    sys.exit(run(console))


@app.command()
def train(force: Annotated[bool, typer.Option(help="Train even if nothing changed.")] = False) -> None:
    """Train the dialogue model, if what it is made of has changed."""
    from bot.train import ready_model
    from bot.train import train as run

    try:
        path = None if force else ready_model()
    except NotReady:
        path = None
    if path is None:
        with console.status("training the dialogue model (about two minutes)"):
            path = run()
    console.print(f"model: {path.name}")


@app.command()
def index(force: Annotated[bool, typer.Option(help="Build even if nothing changed.")] = False) -> None:
    """Build the index of passages, if anything in it has changed; a running bot picks it up."""
    from bot.indexing import ensure_index

    with console.status("indexing the passages"):
        manifest, built = ensure_index(force)
    console.print(
        f"index: {len(manifest['passages'])} passages, {manifest['vectors']} vectors, {'built' if built else 'up to date'}"
    )


@app.command()
def triage(
    text: Annotated[str, typer.Argument(help="A message.")] = "",
    jsonl: Annotated[Path | None, typer.Option(help='A file of lines {"id", "text"}.')] = None,
    explain: Annotated[bool, typer.Option(help="Say which rule fired, on which words, and why.")] = False,
) -> None:
    """Judge messages with the hard-coded safety rules; one JSON line each."""
    from bot.safety.triage import assess

    if bool(text) == bool(jsonl):
        raise typer.BadParameter("Give a text, or --jsonl FILE.")
    rows: list[dict[str, Any]] = _lines(jsonl) if jsonl else [{"id": "", "text": text}]
    for row in rows:
        verdict = assess(str(row["text"]))
        print(json.dumps({"id": row.get("id", ""), **verdict.as_dict()}, ensure_ascii=False))
        if explain:
            for flag in verdict.flags:
                console.print(
                    f"  {flag.level}: {flag.category} is {flag.status}, rule {flag.rule}, words {flag.text!r}",
                    highlight=False,
                )


@app.command()
def ask(text: str) -> None:
    """Ask the running stack; prints the full reply."""
    from bot.client import ChatClient, ChatError

    try:
        with ChatClient(settings().web_url) as client:
            print(json.dumps(client.say(text), ensure_ascii=False, indent=2))
    except ChatError as error:
        raise NotReady(str(error)) from None


@app.command()
def evaluate(
    file: Annotated[Path | None, typer.Argument(help="A JSONL file of cases; none with --baselines.")] = None,
    url: Annotated[str, typer.Option(help="The running stack.")] = "",
    out: Annotated[Path, typer.Option(help="Where the report goes.")] = Path("results"),
    baselines: Annotated[
        bool, typer.Option("--baselines", help="Instead, our retrieval beside its peers; needs no running stack.")
    ] = False,
    per_topic: Annotated[
        int, typer.Option(min=1, help="Examples of each topic where Rasa's ResponseSelector takes part (minutes).")
    ] = 12,
    tune: Annotated[bool, typer.Option("--tune", help="Compare on the tuning halves, not on the test halves.")] = False,
) -> None:
    """Replay cases through the public chat API, or compare with --baselines; prints and writes metrics and plots."""
    from rich.progress import track
    from rich.table import Table

    from bot.client import ChatError
    from bot.evaluation.cases import CasesError, load_cases
    from bot.evaluation.replay import replay_one
    from bot.evaluation.report import write_report
    from bot.evaluation.score import Share

    if baselines == bool(file):
        raise typer.BadParameter("Give a FILE of cases, or --baselines.")
    if file is None:
        _baselines(per_topic, "tune" if tune else "test", out)
        return
    try:
        cases = load_cases(file)
        address = url or settings().web_url
        played = [replay_one(case, address) for case in track(cases, description=file.stem, console=console)]
    except (CasesError, ChatError) as error:
        raise NotReady(str(error)) from None
    table = Table("metric", "value", "failures at most (95 %)", title=file.stem)
    for key, value in write_report(played, file.stem, out).items():
        if not isinstance(value, list):
            bound = f"{100 * value.miss_bound():.1f} %" if isinstance(value, Share) and value.total else ""
            table.add_row(key, str(value), bound)
    Console().print(table)
    _reliability(cases, file.stem, out)
    console.print(f"report: {out / file.stem}.md")


def _reliability(cases: list["Case"], name: str, out: Path) -> None:
    from bot.evaluation.calibrate import plot_live
    from bot.retrieval.index import StaleIndexError
    from bot.retrieval.retriever import shared_retriever

    try:
        plot_live(cases, name, shared_retriever(), out / f"{name}_calibration.png")
    except StaleIndexError as error:
        # A stack elsewhere can be measured without an index here.
        console.print(f"no reliability diagram: {error}")


@app.command()
def bench(
    per_intent: Annotated[int, typer.Option(help="Examples of each intent; 0 for all (hours with DIET).")] = 5,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("results/bench.json"),
) -> None:
    """Compare our pipeline with Rasa's on the same data in one run (half an hour, most of it DIET)."""
    from rich.progress import track
    from rich.table import Table

    from bot.evaluation.bench import bench as one
    from bot.evaluation.bench import compare
    from bot.evaluation.speed import triage_speed
    from bot.settings import ROOT

    speed = Table("safety triage", "ms of processor time")
    for key, value in triage_speed(ROOT / "tests" / "evaluation").items():
        speed.add_row(key, f"{value:.2f}")
    Console().print(speed)
    names = ["ours", "rasa_lr_sparse", "rasa_lr_minilm", "rasa_default"]
    out.parent.mkdir(parents=True, exist_ok=True)
    measured = []
    for name in track(names, description="pipelines", console=console):
        measured.append(one(name, per_intent))
        # Written after each, so that an interrupted run keeps what it measured.
        out.write_text(json.dumps(compare(measured), indent=1), encoding="utf-8")
    rows = compare(measured)
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table)


@app.command()
def calibrate(out: Annotated[Path, typer.Option(help="Where the plot goes.")] = Path("results")) -> None:
    """Fit the decision's weights and thresholds on the tuning half; run `ldn index` afterwards."""
    from bot.evaluation.calibrate import calibrate as run
    from bot.retrieval.decide import default_calibration
    from bot.retrieval.retriever import shared_retriever
    from bot.settings import ROOT

    with console.status("gathering votes"):
        figures = run(ROOT / "tests" / "evaluation", out, shared_retriever(), default_calibration())
    print(json.dumps(figures, indent=1))


@app.command()
def document() -> None:
    """Write docs/safety.md from the rules and the evaluation sets."""
    from bot.evaluation.safety_doc import write

    with console.status("measuring"):
        path = write()
    console.print(f"wrote {path.name}")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def manage(context: typer.Context) -> None:
    """Django's own commands, e.g. `ldn manage createsuperuser`."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["ldn manage", *context.args])


@app.command()
def createclinic(
    username: Annotated[str, typer.Option(help="Name of the first administrator.")] = "admin",
    demo: Annotated[
        bool, typer.Option(help="Also one account a role, and sample conversations with the running bot.")
    ] = False,
) -> None:
    """Make the first administrator; with --demo a clinic with a living queue (the stack must be running)."""
    from bot.client import ChatError
    from bot.web import commands

    commands.quiet()
    for account in commands.create_clinic(username, demo):
        console.print(f"{account.role:14} {account.username:12} {account.password}", highlight=False)
    console.print("Passwords are shown once. Existing accounts stay as they are.")
    if demo:
        try:
            with console.status("having sample conversations with the bot"):
                count = commands.demo_conversations()
        except ChatError as error:
            raise NotReady(str(error)) from None
        console.print(f"{count} conversations. Sign in at {settings().web_url}/staff/", highlight=False)


@audit_app.command("verify")
def audit_verify(
    head: Annotated[str, typer.Option(help="A hash noted earlier; shows that the end was not cut off.")] = "",
) -> None:
    """Check that nobody changed, removed or inserted an event."""
    from bot.web import commands

    problems, count, last = commands.audit_problems(head)
    for problem in problems:
        console.print(f"[red]audit:[/red] {problem}", highlight=False)
    if problems:
        raise typer.Exit(1)
    console.print(f"audit: {count} events, the chain is whole; last hash {last}", highlight=False, soft_wrap=True)


@app.command()
def retention(dry_run: Annotated[bool, typer.Option(help="Only count.")] = False) -> None:
    """Delete conversations past the clinic's period; counts and the audit trail stay. The worker does it hourly."""
    from bot.web import commands

    gone = commands.purge(dry_run)
    console.print(
        f"{'would delete' if dry_run else 'deleted'}: {gone.conversations} conversations, {gone.questions} open questions, "
        f"{gone.callbacks} call-backs, {gone.tracker_events} dialogue events",
        highlight=False,
    )


def _baselines(per_topic: int, half: str, out: Path) -> None:
    from rich.progress import Progress
    from rich.table import Table

    from bot.evaluation.baselines import HEADER, compare, load_data, write
    from bot.retrieval.retriever import shared_retriever
    from bot.settings import ROOT

    data = load_data(ROOT / "tests" / "evaluation", half)
    with Progress(console=console) as progress:
        tables = compare(data, shared_retriever(), per_topic, progress)
    write(tables, data, half, out)
    for table in tables:
        shown = Table(title=table.title)
        for number, head in enumerate(HEADER):
            shown.add_column(head, no_wrap=number == 0)
        for line in table.figures(data):
            shown.add_row(*line.row())
        Console().print(shown)
    console.print(f"report: {out / 'baselines.md'}")


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}.") from None
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                row = json.loads(line)
                str(row["text"])
            except (ValueError, KeyError, TypeError):
                raise typer.BadParameter(f'{path}:{number}: needs a JSON object with "text".') from None
            rows.append(row)
    return rows


if __name__ == "__main__":
    main()
