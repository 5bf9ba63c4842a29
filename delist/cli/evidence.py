"""`delist evidence`: measure what may be claimed of an address."""

from typing import Annotated

import typer

from delist.actions.measuring import Wish, measure
from delist.cli import words
from delist.cli.together import Omit
from delist.errors import UsageError
from delist.rules.wording import Facts
from delist.show import evidence as show

app = words.commands()


@app.command()
def evidence(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The address that sends.")],
    domain: Annotated[str | None, typer.Option(metavar="NAME", help="The domain it sends for.")] = None,
    helo: Annotated[str | None, typer.Option(metavar="NAME", help="The name it says in HELO.")] = None,
    spf: Annotated[str | None, typer.Option(metavar="RECORD", help="The SPF record that you expect.")] = None,
    bounces: Annotated[str | None, typer.Option(metavar="MAIL", help="The address that takes its bounces.")] = None,
    omit: Omit = None,
    nameservers: words.Nameservers = None,
    as_json: words.AsJson = False,
) -> None:
    """Measure what can be claimed of an address, and say what to mend.

    PTR, HELO, SPF, DKIM, DMARC, MX, where bounces go, TCP port 25. Asks your name server and calls port 25 of the
    address; no list is asked. From the records: the SBL, who refused it when, how much bounced in the logs that were
    scanned; whether it is static, as you say.
    """
    if spf is not None and not spf.lower().startswith("v=spf1"):
        raise UsageError(f"--spf wants the record that you expect, as it is published (v=spf1 ...), not {spf!r}")
    if bounces is not None and "@" not in bounces:
        raise UsageError(f"--bounces wants the mail address that takes them, not {bounces!r}")
    facts = Facts(domain=domain, helo=helo, spf=spf, bounces=bounces)
    tools = words.tools_of(ctx)
    found = measure(tools, address, Wish(facts, tuple(omit or ()), tuple(nameservers or ())))
    if as_json:
        words.document(show.as_json(found))
    else:
        words.result(show.lines(found, tools.zone))
    words.talk(ctx, show.talk(found))
