"""What launch files declare, read without `launch`."""

import ast

DECLARING = ('_argument', 'DeclareLaunchArgument')


def declared(tree):
    """Argument name -> source of its default, if that stands behind the name."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    calls = [call for call in calls if ast.unparse(call.func) in DECLARING]
    return {
        call.args[0].value: ast.unparse(call.args[1]) if len(call.args) > 1 else ''
        for call in calls
        if isinstance(call.args[0], ast.Constant)
    }
