"""NNI's own dispatcher around a tuner, without a manager process: commands in, commands out."""

import json
from typing import Any

from nni.runtime import msg_dispatcher
from nni.runtime.tuner_command_channel import CommandType


class Dispatching:
    """Hands a tuner the commands NNI's manager would, and keeps what comes back.

    Args:
        tuner: Any tuner of NNI.
        search_space: What the search space file holds.
        resumed: Whether the experiment is resumed.
        imports: Results on record then, as NNI's manager sends them.
    """

    def __init__(self, tuner: Any, search_space: Any = None, *, resumed: bool = False, imports: Any = ()) -> None:
        msg_dispatcher._next_parameter_id = 0  # NNI numbers the parameters of a process in a global variable
        msg_dispatcher._trial_params.clear()
        self.dispatcher = msg_dispatcher.MsgDispatcher("ws://_unittest_placeholder_", tuner)
        self.dispatcher.send = self._receive
        self.jobs: list[dict[str, Any]] = []
        self.no_more = 0
        if resumed:
            self.dispatcher.load_checkpoint()
        self.send(CommandType.Initialize, search_space)
        if imports:
            self.send(CommandType.ImportData, list(imports))

    def _receive(self, command: CommandType, data: str) -> None:
        if command is CommandType.NewTrialJob:
            self.jobs.append(json.loads(data))
        elif command is CommandType.NoMoreTrialJobs:
            self.no_more += 1

    def send(self, command: CommandType, data: Any) -> None:
        self.dispatcher.process_command(command, data)

    def request(self, number: int) -> list[dict[str, Any]]:
        """Ask for trials; those that came at once."""
        before = len(self.jobs)
        self.send(CommandType.RequestTrialJobs, number)
        return self.jobs[before:]

    def final(self, job: dict[str, Any], value: Any, job_id: str | None = None) -> None:
        """The final result of the trial that really got these parameters."""
        number = job["parameter_id"]
        data = {"parameter_id": number, "trial_job_id": job_id or f"job{number}", "type": "FINAL", "sequence": 0}
        self.send(CommandType.ReportMetricData, data | {"value": json.dumps(value)})

    def end(self, job: dict[str, Any], event: str = "SUCCEEDED", job_id: str | None = None) -> None:
        """The end of the trial that NNI believes to have these parameters."""
        number = job["parameter_id"]
        data = {"trial_job_id": job_id or f"job{number}", "event": event, "hyper_params": json.dumps(job)}
        self.send(CommandType.TrialEnd, data)
