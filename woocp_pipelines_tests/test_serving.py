"""Ending a Waitress server that runs in a thread."""

import threading

from waitress.server import create_server

from woocp_pipelines.serving import end_loop


class Interrupted:
    """A trigger whose loop is woken by somebody else in the middle of our own call."""

    def __init__(self, trigger):
        self._trigger = trigger
        self.lock = trigger.lock
        self.thunks = self

    def append(self, thunk):
        self._trigger.thunks.append(thunk)
        self._trigger.pull_trigger()

    def pull_trigger(self):
        self._trigger.pull_trigger()


def test_a_server_that_is_woken_while_it_is_closed_ends_all_the_same():
    for _ in range(20):
        channels = {}
        server = create_server(lambda *_: [], host="127.0.0.1", port=0, map=channels)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        server.task_dispatcher.shutdown()
        server.trigger, own = Interrupted(server.trigger), server.trigger
        end_loop(server, channels)
        server.trigger = own
        thread.join(timeout=10)
        assert not thread.is_alive()
        assert channels == {}
