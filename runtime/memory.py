"""Memory: what the collector of cycles has to look at."""

import gc

YOUNG_MOST = 10_000


def settle() -> None:
    """Let the collector never again look at what is there by now: schema, settings, everything imported live as long as the process.

    Measured: answering a list of events takes a quarter less time for it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MOST, 20, 20)
