"""`assay serve` as a process of its own, over the parcels room: to be told to stop. Run as
`python -m tests.service.child FOLDER SLOW`, with SLOW the seconds each commit takes."""

import sys
import time
from pathlib import Path

if __name__ == "__main__":  # before anything asks which rooms there are
    import tests.conftest  # noqa: F401
    from tests.engine.conftest import install_for_process

    install_for_process()

from assay.service.keys import KeyFile
from assay.service.server import serve
from assay.settings import Settings
from tests.engine.world import open_engine


def main(folder: Path, slow: float) -> None:
    engine = open_engine(folder)
    commit = engine.commit

    def slowly() -> None:
        time.sleep(slow)
        commit()

    engine.commit = slowly  # type: ignore[method-assign]
    token, _ = KeyFile(folder).create("admin")
    serve(engine, Settings(data=folder, port=0), ready=lambda address: print(address, token, flush=True))
    engine.snapshot()
    engine.ledger.close()
    print("closed", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
