import typer
from delist.cli import words
app = words.commands()
@app.command()
def doctor(ctx: typer.Context) -> None:
    """x."""
