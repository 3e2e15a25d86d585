from hub.flow.hub import Hub


def watch_own_deadlines(hub: Hub) -> int:
    return 0
