"""Jobs that a killed worker left behind."""

import logging
from datetime import datetime, timedelta

from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

log = logging.getLogger(__name__)

# A job may be what killed its worker: after as many runs it is left to support.
MOST_RUNS = 3
# Two that were broken off twice do not run at once again: one of them is the cause, perhaps.
APART = timedelta(seconds=15)


async def rerun_stalled(jobs: JobManager, *, at: datetime) -> None:
    """Run again what killed workers left behind, or give it up after MOST_RUNS.

    How often a job was broken off is its priority below zero: `attempts` counts errors as well, and what was broken
    off comes after what was not. A periodic job is given up at once: its next run is queued, and only one may be.
    """
    last_at = at
    for job in await jobs.get_stalled_jobs():
        runs = 1 - job.priority
        try:
            if job.queueing_lock or runs >= MOST_RUNS:
                await jobs.finish_job(job, Status.FAILED, delete_job=False)
                _tell(logging.ERROR, job, f"was broken off and is given up, runs: {runs}")
                continue
            if runs > 1:
                last_at += APART
            await jobs.retry_job(job, retry_at=last_at if runs > 1 else at, priority=-runs)
            _tell(logging.WARNING, job, f"was broken off and runs again, runs: {runs}")
        except ConnectorException as error:  # its worker was only slow, and has ended it meanwhile
            _tell(logging.WARNING, job, f"is not run again: {error}")


def _tell(level: int, job: Job, what: str) -> None:
    told = {"id": job.id, "task_name": job.task_name}  # as procrastinate tells of a job
    log.log(level, "job %s %s %s", job.id, job.task_name, what, extra={"job": told})
