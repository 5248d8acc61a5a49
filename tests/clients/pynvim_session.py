"""python3-pynvim's session against peernetd: pynvim_session.py PORT TOKEN; see README.md for what it prints."""

import json
import sys

from pynvim.msgpack_rpc import tcp_session


class Refusal(Exception):
    """What the session raises: its users give it their own wrapper for errors."""


def tell(what, value):
    print(json.dumps({what: value}), flush=True)


def refusal(session, *request):
    try:
        session.request(*request)
    except Refusal as e:
        return str(e)
    return None


def pipeline(session):
    """How many of 1,000 calls were answered well; the session waits for each answer, what it wraps does not."""
    inner, answers = session._async_session, []

    def take(error, result):
        answers.append(error or result)
        if len(answers) == 1000:
            inner.stop()

    for i in range(1000):
        if i % 2:
            inner.request("network.of", ("2120000019",), take)
        else:
            inner.request("ping", (), take)
    inner.run(None, None)
    return sum(a["organizer"]["id"] == "2120000019" if i % 2 else a["pong"] for i, a in enumerate(answers))


def main(port, token):
    session = tcp_session("127.0.0.1", int(port))
    session.error_wrapper = Refusal
    tell("refused", refusal(session, "network.of", "2120000019"))
    tell("login", session.request("hello", "pynvim", "string", "en", token)["role"])
    tell("call", session.request("network.of", "2120000019")["organizer"]["name"])
    tell("error", refusal(session, "network.of", "1"))
    tell("pipelined", pipeline(session))
    session._async_session._next_request_id = 2**32 - 1000
    tell("wide", [pipeline(session), session._async_session._next_request_id - 1])
    session._async_session._next_request_id = 1
    tell("subscribed", session.request("subscribe", "networks")["topics"])
    _, method, (fields,) = session.next_message()
    tell("notification", [method, fields["programme"]])
    session.close()


main(*sys.argv[1:])
