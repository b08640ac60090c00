"""The command line: each command parses, calls one public function and prints."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; known errors become one message and an exit code."""
    from pyscales import _interrupt
    from pyscales.cli.output import interrupted
    from pyscales.errors import PyscalesError

    _interrupt.watch()
    try:
        from pyscales.cli.app import app

        app()
    except PyscalesError as error:
        print(f"pyscales: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        print(f"pyscales: {interrupted()}", file=sys.stderr)
        raise SystemExit(130) from None
    except SystemExit as stop:
        if stop.code == 130:
            print(f"pyscales: {interrupted()}", file=sys.stderr)
        raise
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
