"""What `caremarket demo` is given is checked before anything is served: one line, a status, nothing more."""

import socket

import pytest

from caremarket.runners.cli import main
from caremarket.runners.demo.page.assets import nearest

WRONG = {
    "port=ninety": "port: 'ninety' must be a whole number from 1 to 65535",
    "port=70000": "port: '70000' must be",
    "speed=0": "speed: '0' must be a number of months a second from 0.1 to 1000",
    "policy=separate,alliance,framework": "policy: 'separate,alliance,framework' must name one policy or two",
    "policy=sepparate": "policy: 'sepparate' is unknown; choose one of: ",
    "scenario=nowhere": "scenario: 'nowhere' is unknown; choose one of: ",
    "seed=-1": "seed: '-1' is not a whole number from 0",
    "horizon=3": "horizon: is no known key",
    "policy.flow_down=2": "policy.flow_down: 2 is out of range; allowed: 0 to 1",
    "replay=/nowhere": "/nowhere: is not there; name the folder of a run",
    "--verbose": "--verbose: is no option of demo",
    "port": "port: is no key=value",
}


@pytest.mark.parametrize("argument", WRONG)
def test_a_wrong_argument_gets_one_line_and_status_2(argument, capsys):
    assert main(["demo", argument]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"caremarket: {WRONG[argument]}")
    assert told.err.count("\n") == 1


def test_a_port_that_is_taken_gets_one_line_and_status_1(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["demo", "host=127.0.0.1", f"port={port}", "market=tiny"]) == 1
    told = capsys.readouterr()
    assert told.err.startswith(f"caremarket: port: {port} on 127.0.0.1 cannot be listened on")
    assert told.err.count("\n") == 1


def test_a_script_that_is_not_there_is_served_in_the_version_that_is(tmp_path):
    for version in ("5.0.9", "5.1.1", "4.9.0"):
        (tmp_path / "@widgetti" / f"app@{version}").mkdir(parents=True)
    assert nearest(tmp_path, "@widgetti/app@5.2.0/dist/a.js") == "@widgetti/app@5.1.1/dist/a.js"
    assert nearest(tmp_path, "@widgetti/app@6.0.0/dist/a.js") == "@widgetti/app@6.0.0/dist/a.js"
    assert nearest(tmp_path, "../secret") == "../secret"
