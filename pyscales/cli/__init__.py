"""The command line: each command parses, calls one public function and prints."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; known errors become one message and an exit code."""
    from pyscales.cli.app import app
    from pyscales.errors import PyscalesError

    try:
        app()
    except PyscalesError as error:
        print(f"pyscales: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        print(
            "pyscales: interrupted; finished parts are kept in the --out folder, "
            "the same command goes on from there.",
            file=sys.stderr,
        )
        raise SystemExit(130) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
