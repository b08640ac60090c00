"""What every test process needs: one BLAS thread, and Ctrl-C that works.

Matrices are small, and tests may run side by side. Commands under test are interrupted; where the
tests themselves were started with the interrupt ignored, as in the background of a shell, their
children would ignore it, too.
"""

import os
import signal
import threading

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)
