"""IoU per class of several networks beside two yardsticks, as a table."""

from collections.abc import Mapping, Sequence

from panoseg_ros.labels import load_label_set

NAMES = [cls.name for cls in load_label_set('cityscapes19').classes]


def class_table(
    title: str, name: str, images: Sequence[int], columns: Mapping[str, Mapping[str, float]]
) -> str:
    """Return a table of the classes that occur, their mean and that of the six common ones.

    Args:
        title: what stands above it.
        name: of the scored set.
        images: how many pictures of the set hold each class, (C,).
        columns: heading -> figures by the names `SET/<class>`, `SET` and `SET/six`.
    """
    lines = [f'{title}, IoU per class, mean over seeds:', '']
    lines += [f'| class | images | {" | ".join(columns)} |', '|---' * (len(columns) + 2) + '|']
    rows = [(cls, f'{name}/{cls}', count) for cls, count in zip(NAMES, images, strict=True)]
    most = max(images)
    rows += [('**mean**', name, most), ('**six classes**', f'{name}/six', most)]
    for heading, key, count in rows:
        if count:
            cells = ' | '.join(f'{figures[key]:.3f}' for figures in columns.values())
            lines.append(f'| {heading} | {count} | {cells} |')
    return '\n'.join(lines)
