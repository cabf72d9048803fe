"""What is wrong with the files and settings that only the workload looks into."""

from sim.scenario.errors import Problem, ScenarioError


def setting_error(message: str, *path: str) -> ScenarioError:
    """The error of one setting of the scenario, by its path."""
    return ScenarioError([Problem.with_setting(path, message)])
