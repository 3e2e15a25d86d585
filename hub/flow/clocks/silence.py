from hub.flow.hub import Hub


def watch_silence(hub: Hub) -> int:
    return 0
