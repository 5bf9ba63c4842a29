"""`python -m tests.play`: plays it, and says what happens."""

import tempfile
from pathlib import Path

from tests.play.acts import play
from tests.play.stage import Stage

with tempfile.TemporaryDirectory(prefix="delist-play-") as folder, Stage(Path(folder)) as stage:
    for line in play(stage):
        print(line)
