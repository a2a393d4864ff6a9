"""Messages from patients are health data: never in a log."""

import logging


class PrivateFilter(logging.Filter):
    """Keeps what we wrote ourselves ("ldn" loggers); of anything else the place and the exception's type."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Strip the record in place."""
        if record.name != "ldn" and not record.name.startswith("ldn."):
            kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
            record.msg = f"{record.module}:{record.lineno} {kind}".strip()
            record.args = ()
        record.exc_info = None
        record.exc_text = None
        record.stack_info = None
        return True


def keep_private() -> None:
    """Strip every record where it is made, whatever handlers Rasa, Sanic or structlog set up later."""
    make = logging.getLogRecordFactory()
    private = PrivateFilter()

    def factory(*args: object, **kwargs: object) -> logging.LogRecord:
        record = make(*args, **kwargs)
        private.filter(record)
        return record

    logging.setLogRecordFactory(factory)
