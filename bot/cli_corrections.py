"""The command line of those who review: what waits for them, their decisions, and how they are undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.corrections import Word
from bot.options import ConfigFile
from bot.speech import Speech
from bot.wiring import looking, start
from bot.wording import case_title, stage_words
from store import audit, decisions, reviews
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.wiring.looking import Reviewing
    from store.audit import AuditEntry
    from store.decisions import HumanDecision
    from store.reviews import Question

Number = Annotated[int, typer.Argument(metavar="N", help="Number of the claim, as `treatywatch review` lists it.")]
EventId = Annotated[str, typer.Argument(metavar="EVENT", help="Id of the event, as `case --json` lists it.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for the log and for those who were told.")]
Most = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at the most.")]
StageName = Annotated[Stage, typer.Argument(metavar="STAGE", help="Such as lower_house_passed.")]

review = typer.Typer(
    help="What waits for a decision by people; and to confirm, dismiss, correct and undo.", invoke_without_command=True
)


def register(cli: typer.Typer) -> None:
    """Add the commands to the program."""
    cli.add_typer(review, name="review")


@review.callback()
def waiting(context: typer.Context, *, limit: Most = 20, config: ConfigFile = None) -> None:
    """List the claims that wait for a decision, the newest first."""
    if context.invoked_subcommand:
        return
    with looking.reviewing(start.settings(config)) as at:
        found = reviews.waiting(at.conn, limit)
        for line in (line for question in found for line in _question(question, at)):
            typer.echo(line)
    if not found:
        typer.echo("nothing waits for a decision")


@review.command()
def confirm(
    claim: Number,
    *,
    stage: Annotated[
        Stage | None, typer.Option("--stage", help="The step, where the claim names none or the wrong one.")
    ] = None,
    why: Why = "",
    config: ConfigFile = None,
) -> None:
    """The claim is right: its step becomes known, and everybody who wants to hear of it does."""
    with looking.reviewing(start.settings(config)) as at:
        _tell(at.corrections.confirm(at.conn, claim, _word(at, why), stage))


@review.command()
def dismiss(claim: Number, *, why: Why = "", config: ConfigFile = None) -> None:
    """The claim is wrong or no news: nobody is told."""
    with looking.reviewing(start.settings(config)) as at:
        _tell(at.corrections.dismiss(at.conn, claim, _word(at, why)))


@review.command()
def join(claim: Number, event: EventId, *, why: Why = "", config: ConfigFile = None) -> None:
    """The claim tells of a known event: its report becomes one more source of that one."""
    with looking.reviewing(start.settings(config)) as at:
        _tell(at.corrections.join(at.conn, claim, event, _word(at, why)))


@review.command()
def wrong(event: EventId, *, why: Why = "", config: ConfigFile = None) -> None:
    """An event did not happen: it is known no more, and whoever was told of it is told so."""
    with looking.reviewing(start.settings(config)) as at:
        _tell(at.corrections.wrong(at.conn, event, _word(at, why)))


@review.command()
def restage(event: EventId, stage: StageName, *, why: Why = "", config: ConfigFile = None) -> None:
    """An event is another step than the one that was told."""
    with looking.reviewing(start.settings(config)) as at:
        _tell(at.corrections.restage(at.conn, event, stage, _word(at, why)))


@review.command()
def merge(event: EventId, into: EventId, *, why: Why = "", config: ConfigFile = None) -> None:
    """Two events are one: the sources of the first become the other's."""
    with looking.reviewing(start.settings(config)) as at:
        _tell(at.corrections.merge(at.conn, event, into, _word(at, why)))


@review.command()
def undo(
    decision: Annotated[int, typer.Argument(metavar="N", help="Number of the decision, as `review log` lists it.")],
    *,
    why: Why = "",
    config: ConfigFile = None,
) -> None:
    """Take a decision back: what it changed is as it was before."""
    with looking.reviewing(start.settings(config)) as at:
        undone = at.corrections.undo(at.conn, decision, _word(at, why))
    typer.echo(f"undone: {_told(undone)}")


@review.command()
def log(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="All that people changed, what was taken back too.")
    ] = False,
    limit: Most = 20,
    config: ConfigFile = None,
) -> None:
    """List the decisions that stand, the newest first; with --all the audit log, with who, when, what and why."""
    with looking.reviewing(start.settings(config)) as at:
        lines = (
            [_logged(entry) for entry in audit.entries(at.conn, limit)]
            if everything
            else [_told(decision) for decision in decisions.newest(at.conn, limit)]
        )
    for line in lines:
        typer.echo(line)
    if not lines:
        typer.echo("nothing was changed yet" if everything else "no decision was made yet")


@review.command()
def misses(*, limit: Most = 20, config: ConfigFile = None) -> None:
    """List what was dismissed, alike misreadings together, for those who look after the words; nothing is learned."""
    with looking.reviewing(start.settings(config)) as at:
        found = decisions.misses(at.conn, limit)
    for miss in found:
        typer.echo(f"{miss.times} × {miss.lang or 'no known language'}: {miss.reason}: “{miss.quote}”")
    if not found:
        typer.echo("nothing was dismissed yet")


def _word(at: Reviewing, why: str) -> Word:
    return Word(at.who, start.clock(), why)


def _tell(decision: HumanDecision) -> None:
    typer.echo(f"{_told(decision)}; undo it with `treatywatch review undo {decision.id}`")


def _logged(entry: AuditEntry) -> str:
    why = f": {entry.detail['why']}" if entry.detail.get("why") else ""
    return f"{entry.at:%Y-%m-%d %H:%M}\t{entry.who}\t{entry.action}\t{entry.subject}{why}"


def _told(decision: HumanDecision) -> str:
    why = f": {decision.why}" if decision.why else ""
    return f"{decision.id}\t{decision.at:%Y-%m-%d %H:%M}\t{decision.who}\t{decision.action} {decision.subject}{why}"


def _question(question: Question, at: Reviewing) -> Iterator[str]:
    claim, report = question.claim, question.stored.report
    stage = claim.stage or claim.likely
    speech = Speech("en", at.questions.knowledge)
    step = stage_words(stage, speech) if stage else "a step that is not named"
    guessed = "" if claim.stage else " (not named in so many words)"
    title = case_title(claim.state, claim.treaty, speech)
    yield f"{question.id}\t{title}: {step}{guessed}, {speech.day(claim.when)}"
    yield f"\t“{report.title}” {report.outlet or ''} {report.url or ''}".rstrip()
    yield f"\tRests on: {claim.quote}"
    if question.verdict:
        yield f"\tWhy: {question.verdict.reason}"
