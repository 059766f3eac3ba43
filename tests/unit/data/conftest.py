from pathlib import Path

import pytest

from tests.unit.data import package


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small, faultless RepLab 2013 package."""
    return package.write(tmp_path / "package")
