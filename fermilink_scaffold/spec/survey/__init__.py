"""The survey of the code in scope: goal_analysis.json."""
