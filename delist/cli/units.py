import typer
from delist.cli import words
app = words.commands()
@app.command()
def units(ctx: typer.Context) -> None:
    """x."""
