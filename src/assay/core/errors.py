"""One family of errors, each saying what was wrong, where, and what to do about it."""

from __future__ import annotations


class AssayError(Exception):
    """Base of every error that Assay raises on purpose.

    `code` is stable and machine-readable; `status` is the HTTP status a service answers with.
    """

    code = "error"
    status = 500

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        self.message, self.where, self.hint = message, where, hint
        super().__init__(_line(where, message, hint))

    def told(self, language: str) -> str:
        """For people, in one line: where, what, and what to do about it, as far as that is known in this language."""
        from assay.core.words import translated

        told = _line(self.where, translated(self.message, language), translated(self.hint, language))
        return " ".join(line.strip() for line in told.splitlines())


def _line(where: str, message: str, hint: str) -> str:
    return ": ".join(part for part in (where, message) if part) + (f" ({hint})" if hint else "")


class InvalidEvidence(AssayError):
    """The evidence itself is malformed; `where` names the field, row or byte."""

    code, status = "invalid-evidence", 422


class UnreadableInput(AssayError):
    """A file or a stream that no reader could read."""

    code, status = "unreadable-input", 422


class InvalidPolicy(AssayError):
    """A policy that does not parse or type-check; `where` is file:line:column."""

    code, status = "invalid-policy", 422


class InvalidSetting(AssayError):
    """A setting, argument or mapping with a value that cannot be used."""

    code, status = "invalid-setting", 400


class ModelError(AssayError):
    """A model folder that is missing, incomplete or does not match its content hash."""

    code, status = "model-error", 500


class NotFound(AssayError):
    """No such decision, entity, kind or model."""

    code, status = "not-found", 404


class Forbidden(AssayError):
    """The key is missing, wrong, or its role does not allow this."""

    code, status = "forbidden", 403


class Busy(AssayError):
    """More work than there is room for; try again shortly."""

    code, status = "busy", 429


class LedgerUnavailable(AssayError):
    """The ledger cannot make records durable (disk full, read-only, damaged): nothing is acknowledged."""

    code, status = "ledger-unavailable", 503
