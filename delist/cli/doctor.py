"""`delist doctor`: what works here, and what to mend."""

import typer

from delist.actions.doctoring.examining import examine
from delist.actions.doctoring.values import Grade
from delist.actions.running.values import worst
from delist.cli import words
from delist.show import doctor as show

app = words.commands()


@app.command()
def doctor(ctx: typer.Context, nameservers: words.Nameservers = None, as_json: words.AsJson = False) -> None:
    """Say what of the set-up works, and what to mend.

    Looks at configuration, database, disk, clock, resolver, lists, mail log, inbox, relay, channels and the last runs.
    Asks the name server and logs in to inbox and relay; changes no record and sends no notice. Exits with 3 if
    configuration or database are to be mended, with 6 if something outside is; a warning alone is 0.
    """
    tools, problems = words.tools_or_problems(ctx)
    findings = examine(tools, problems, nameservers or ())
    code = worst(each.exit_code for each in findings)
    if as_json:
        words.document(show.document(findings, tools.zone, code))
    else:
        told = [each for each in findings if not ctx.obj.quiet or each.grade is not Grade.OK]
        words.result(show.lines(told, tools.zone))
    if code:
        raise typer.Exit(code)
