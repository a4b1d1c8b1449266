"""Why Box Office does not start, in a sentence for the person who starts it."""


class CannotStart(Exception):
    """`str()` is the whole message: the command line prints it, without a traceback, and exits with 1."""


class InvalidSettings(CannotStart):
    """One line for each setting that is wrong, which begins with the setting's name."""


class AlreadyRuns(CannotStart):
    """Another process runs from the same STATE_DIR."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(f"Box Office already runs from this folder (pid {pid or 'unknown'}).")
        self.pid = pid
