"""What a step of type `file` does."""

import asyncio
import json
from pathlib import Path
from typing import Any

from duckflux import PluginStep


async def run(step: PluginStep) -> dict[str, Any]:
    """Write the file; the output is its path and its size in bytes."""
    path = step.folder / step.value("to")
    content = step.value("content")
    text = content if isinstance(content, str) else json.dumps(content)
    size = await asyncio.to_thread(_write, path, text, step.value("mode", "replace"))
    step.print(f"{path}: {size} bytes\n")
    return {"path": str(path), "size": size}


def _write(path: Path, text: str, mode: str) -> int:
    with path.open("a" if mode == "append" else "w", encoding="utf-8") as file:
        file.write(text)
        return file.tell()
