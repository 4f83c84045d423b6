import json
import os
from pathlib import Path

import pytest

SHARED = Path(
    os.environ.get(
        "LINE_AGENT_SHARED_DATA", Path(__file__).parents[2].parent / "shared" / "data"
    )
)


@pytest.fixture
def transcript():
    """Records of a transcript file by its name; skips where it is absent."""

    def records(name):
        path = SHARED / "transcripts" / name
        if not path.exists():
            pytest.skip(f"{path} is not here; set LINE_AGENT_SHARED_DATA")
        return [json.loads(line) for line in path.read_text().splitlines()]

    return records
