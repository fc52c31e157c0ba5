"""When the hooks of TensorFlow 1 act: the steps of checkpoints, of what event files hold, and of traces.

python tools/golden/hooks.py    (TensorFlow 2.15)
"""

import json
import os
import re
import tempfile

import common
import tensorflow as tf

tf1 = tf.compat.v1


def steps_of(folder, pattern):
    found = (re.fullmatch(pattern, name) for name in os.listdir(folder))
    return sorted(int(m.group(1)) for m in found if m)


class Saves(tf1.train.CheckpointSaverListener):
    def __init__(self):
        self.steps = []

    def after_save(self, session, step):
        self.steps.append(int(step))


def run(begin, last, every):
    """Training from step `begin` to `last`, with everything every so many steps."""
    with tempfile.TemporaryDirectory() as folder:
        saves = Saves()
        for first, end in ((True, begin), (False, last)):
            if first and begin == 0:
                continue
            saves.steps.clear()
            with tf.Graph().as_default():
                step = tf1.train.get_or_create_global_step()
                train = tf1.assign_add(step, 1)
                tf1.summary.scalar("value", tf.cast(step, tf.float32))
                profile = os.path.join(folder, "profile", "x")[:-1] if not first else None
                hooks = [tf1.train.StopAtStepHook(last_step=end)]
                saver = tf1.train.CheckpointSaverHook(
                    folder, save_steps=every, listeners=[saves], saver=tf1.train.Saver(max_to_keep=0))
                if profile:
                    os.makedirs(profile)
                    hooks.append(tf1.train.ProfilerHook(save_steps=every, output_dir=profile))
                events = os.path.join(folder, "first" if first else "second")
                with tf1.train.MonitoredTrainingSession(
                    checkpoint_dir=folder, chief_only_hooks=[saver], hooks=hooks, save_checkpoint_secs=None,
                    save_checkpoint_steps=None, save_summaries_steps=every, log_step_count_steps=every,
                    summary_dir=events,
                ) as session:
                    while not session.should_stop():
                        session.run(train)
        tags = {}
        for name in sorted(os.listdir(events)):
            for event in tf1.train.summary_iterator(os.path.join(events, name)):
                for value in event.summary.value:
                    tags.setdefault(value.tag, []).append(event.step)
        return {
            "begin": begin,
            "last": last,
            "every": every,
            "checkpoints": saves.steps,
            "summaries": tags.get("value", []),
            "steps_per_second": tags.get("global_step/sec", []),
            "traces": steps_of(profile, r"timeline-(\d+)\.json"),
        }


def usual(*case):
    """The most common of several runs: a hook may read the step before or after it is counted."""
    runs = [json.dumps(run(*case)) for _ in range(9)]
    return json.loads(max(runs, key=runs.count))


if __name__ == "__main__":
    tf1.disable_eager_execution()
    tf1.logging.set_verbosity("ERROR")
    cases = [usual(0, 10, 3), usual(0, 7, 1), usual(5, 17, 4), usual(4, 6, 10)]
    common.write("hooks.json", "hooks.py", common.TF1, cases)
