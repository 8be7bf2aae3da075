"""The one family of errors: each message says what was wanted, what came and what to do.

The command line prints a :class:`NasPluginsError` as one line and exits with code 2; anything else is a defect of ours.
"""


class NasPluginsError(Exception):
    """Base of every error this package raises on purpose."""


class InvalidArchitecture(NasPluginsError, ValueError):
    """A text, graph, choice or object that is no member of the search space."""


class InvalidArgument(NasPluginsError, ValueError):
    """An option or parameter outside its range, or options that contradict each other."""


class InvalidDataset(NasPluginsError, ValueError):
    """Images or labels that cannot be used: missing, damaged, of one class, of the wrong shape."""


class InvalidTable(NasPluginsError, ValueError):
    """A file of recorded trainings that cannot be read as a table over a search space."""


class UnansweredQuery(NasPluginsError, LookupError):
    """A question a table has no recorded answer to: another dataset, split, number of epochs or seed."""


class InvalidState(NasPluginsError, ValueError):
    """A saved state that does not belong to the object it is loaded into, or is of an unknown format version."""


class DamagedFile(NasPluginsError, ValueError):
    """A file that is truncated, foreign, or of an unknown format version."""


class UntrustedFile(NasPluginsError, PermissionError):
    """A file whose format can run code when opened, given without the flag that says it is trusted."""


class UnreachableSource(NasPluginsError, ConnectionError):
    """A file that shall be downloaded from a server that does not answer, or no longer has it."""


class MissingDependency(NasPluginsError, ImportError):
    """An optional package is needed for what was asked; the message names the extra that brings it."""


class SearchExhausted(NasPluginsError):
    """A strategy has nothing left to propose. Hosts end the search; it is no failure."""


class AskLater(NasPluginsError):
    """A strategy cannot propose before more results arrive. Hosts ask again; it is no failure."""
