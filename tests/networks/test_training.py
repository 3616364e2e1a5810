import dataclasses

import numpy as np
import pytest
import torch
from nets import tiny_network
from sklearn.linear_model import LogisticRegression
from torch import nn

from sxai.errors import Cancelled, ModelError
from sxai.networks.evaluation import evaluate
from sxai.networks.features import extract
from sxai.networks.fitting import Best, EpochResult, HeadTask, fit_head
from sxai.networks.network import Network
from sxai.networks.training import Sample, TrainingParameters, train
from sxai.progress import silent

CLASSES = ("red", "blue")


@pytest.fixture(autouse=True)
def narrow_vgg_heads(monkeypatch):
    """The published width of 4096 would only make these tests slow."""
    monkeypatch.setattr("sxai.networks.heads.VGG_HIDDEN", 128)


def coloured(n, seed=0):
    """Noisy pictures whose class is their colour."""
    rng = np.random.default_rng(seed)
    samples = []
    for index in range(n):
        picture = rng.integers(0, 120, (12, 12, 3), dtype=np.uint8)
        picture[..., 0 if index % 2 == 0 else 2] += 90
        samples.append(Sample(lambda picture=picture: picture, index % 2))
    return samples


def weights(network):
    return {key: value.clone() for key, value in network.state_dict().items()}


def equal(one, two, tolerance=0.0):
    return one.keys() == two.keys() and all(
        torch.allclose(one[key], two[key], rtol=tolerance, atol=tolerance) for key in one
    )


def accuracy(network, samples):
    logits = extract(network, [sample.read() for sample in samples]).logits
    return evaluate(logits, np.array([sample.label for sample in samples]), network.classes).accuracy


TUNE = TrainingParameters(epochs=4, batch=8, head_only=False, learning_rate=3e-3)


def blobs(n, classes=3, channels=20, seed=0, spread=4.0):
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(classes, channels))
    labels = rng.integers(0, classes, n)
    return (centres[labels] + spread * rng.normal(size=(n, channels))).astype(np.float32), labels


def head_task(scale=1.0, shift=0.0, **settings):
    x, y = blobs(300)
    val_x, val_y = blobs(150, seed=1)
    return HeadTask(x * scale + shift, y, val_x * scale + shift, val_y, 3, **settings)


def scored(head, x, y):
    with torch.inference_mode():
        return float((head(torch.from_numpy(x)).argmax(dim=1).numpy() == y).mean())


def test_a_fitted_head_is_as_good_as_logistic_regression():
    task = head_task()
    test_x, test_y = blobs(2000, seed=2)
    reference = LogisticRegression(max_iter=2000).fit(task.features, task.labels).score(test_x, test_y)
    head = fit_head(task, torch.device("cpu"), silent).head
    assert isinstance(head, nn.Linear)
    assert 0.4 < reference < 0.95
    assert scored(head, test_x, test_y) >= reference - 0.02


@pytest.mark.parametrize(("scale", "shift"), [(1000.0, 0.0), (1e-3, 0.0), (1.0, 50.0)])
def test_the_scale_of_the_features_does_not_matter(scale, shift):
    plain, scaled = head_task(), head_task(scale, shift)
    first = fit_head(plain, torch.device("cpu"), silent)
    second = fit_head(scaled, torch.device("cpu"), silent)
    test_x, test_y = blobs(1000, seed=2)
    moved = (test_x * scale + shift).astype(np.float32)
    assert scored(second.head, moved, test_y) == pytest.approx(scored(first.head, test_x, test_y), abs=0.01)


def test_a_channel_that_never_varies_does_no_harm():
    task = head_task()
    constant = np.full((len(task.features), 1), 7, np.float32)
    task = dataclasses.replace(
        task,
        features=np.hstack([task.features, constant]),
        val_features=np.hstack([task.val_features, constant[: len(task.val_labels)]]),
    )
    outcome = fit_head(task, torch.device("cpu"), silent)
    assert all(torch.isfinite(value).all() for value in outcome.head.state_dict().values())
    everything_zero = dataclasses.replace(task, features=np.zeros_like(task.features))
    assert torch.isfinite(fit_head(everything_zero, torch.device("cpu"), silent).head.weight).all()


def test_the_kept_head_is_that_of_the_best_epoch():
    task = head_task()
    outcome = fit_head(task, torch.device("cpu"), silent)
    best = outcome.history[outcome.best_epoch - 1]
    assert best.val_accuracy == max(entry.val_accuracy for entry in outcome.history)
    assert scored(outcome.head, task.val_features, task.val_labels) == pytest.approx(best.val_accuracy, abs=0.01)


def test_a_linear_head_stops_when_validation_stops_improving():
    outcome = fit_head(head_task(), torch.device("cpu"), silent)
    assert 3 <= len(outcome.history) <= 100
    assert len(outcome.history) - outcome.best_epoch <= 15


def test_a_vgg_head_takes_exactly_the_epochs_asked_for():
    task = head_task(kind="vgg", epochs=2, batch=64)
    outcome = fit_head(task, torch.device("cpu"), silent)
    assert [entry.epoch for entry in outcome.history] == [1, 2]
    assert scored(outcome.head, task.features, task.labels) > 0.5


def test_without_validation_the_last_epoch_is_kept():
    task = dataclasses.replace(head_task(), val_features=np.zeros((0, 20), np.float32), val_labels=np.zeros(0, int))
    outcome = fit_head(task, torch.device("cpu"), silent)
    assert outcome.best_epoch == len(outcome.history)
    assert all(entry.val_accuracy is None for entry in outcome.history)


def test_diverging_training_is_told():
    task = dataclasses.replace(head_task(), features=np.full((300, 20), np.nan, np.float32))
    with pytest.raises(ModelError, match="smaller learning rate"):
        fit_head(task, torch.device("cpu"), silent)


def test_the_best_state_is_ordered_by_accuracy_then_loss():
    best, module = Best(), nn.Linear(1, 1)
    for epoch, (value_accuracy, loss) in enumerate(
        [(0.5, 9.0), (0.9, 2.0), (0.9, 1.0), (0.9, 3.0), (0.2, 0.1)], start=1
    ):
        with torch.no_grad():
            module.weight.fill_(epoch)
        best.offer(EpochResult(epoch, 0.0, 0.0, value_accuracy), loss, module)
    assert best.epoch == 3
    best.restore(module)
    assert module.weight.item() == 3


@pytest.mark.parametrize("parameters", [TrainingParameters(), TUNE, dataclasses.replace(TUNE, head="vgg", epochs=1)])
def test_training_learns_and_leaves_the_given_network_alone(parameters):
    network = tiny_network()
    before = weights(network)
    result = train(network, CLASSES, coloured(40), coloured(20, seed=1), parameters, device="cpu")
    assert equal(weights(network), before)
    assert network.head is None
    assert result.network.classes == CLASSES
    assert not result.network.training
    assert accuracy(result.network, coloured(40, seed=2)) > 0.9
    assert result.history[result.best_epoch - 1].val_accuracy > 0.9
    body_changed = not equal(weights(result.network.body), weights(network.body))
    assert body_changed == (not parameters.head_only)


@pytest.mark.parametrize("parameters", [TrainingParameters(), TUNE])
def test_a_seed_gives_the_same_result(parameters):
    runs = [train(tiny_network(), CLASSES, coloured(24), coloured(12, seed=1), parameters, "cpu") for _ in range(2)]
    assert equal(weights(runs[0].network), weights(runs[1].network))
    assert runs[0].history == runs[1].history
    other = dataclasses.replace(parameters, seed=5)
    different = train(tiny_network(), CLASSES, coloured(24), coloured(12, seed=1), other, "cpu")
    assert not equal(weights(runs[0].network), weights(different.network))


def test_training_leaves_chance_outside_alone():
    state = torch.get_rng_state()
    train(tiny_network(), CLASSES, coloured(12), [], TrainingParameters(), "cpu")
    assert torch.equal(torch.get_rng_state(), state)


def test_known_features_are_used_and_nothing_is_read():
    def never():
        raise AssertionError("read")

    network, samples, val = tiny_network(), coloured(20), coloured(10, seed=1)
    features = tuple(extract(network, [s.read() for s in group]).features for group in (samples, val))
    blind = [[Sample(never, s.label) for s in group] for group in (samples, val)]
    given = train(network, CLASSES, *blind, TrainingParameters(), "cpu", features=features)
    read = train(network, CLASSES, samples, val, TrainingParameters(), "cpu")
    assert equal(weights(given.network), weights(read.network), 1e-5)


def test_every_epoch_is_reported_with_its_results():
    details = []

    def progress(stage, done, total, detail=None):
        assert 0 <= done <= total
        if detail is not None and "val_accuracy" in detail:
            details.append((stage, detail))

    result = train(tiny_network(), CLASSES, coloured(24), coloured(12, seed=1), TUNE, "cpu", progress)
    tuned = [detail for stage, detail in details if stage == "fine-tuning"]
    assert tuned == [dataclasses.asdict(entry) for entry in result.history]
    assert [detail["epoch"] for detail in tuned] == [1, 2, 3, 4]
    assert {stage for stage, _ in details} == {"head", "fine-tuning"}


def test_long_epochs_report_in_between(monkeypatch):
    monkeypatch.setattr("sxai.networks.tuning.REPORT_SECONDS", 0.0)
    steps = []

    def progress(stage, done, total, detail=None):
        if stage == "fine-tuning" and detail and "batch" in detail:
            steps.append((done, total, detail["epoch"], detail["batch"], detail["batches"]))

    train(tiny_network(), CLASSES, coloured(20), [], dataclasses.replace(TUNE, epochs=2), "cpu", progress)
    assert steps == [
        (1, 6, 1, 1, 3),
        (2, 6, 1, 2, 3),
        (3, 6, 1, 3, 3),
        (4, 6, 2, 1, 3),
        (5, 6, 2, 2, 3),
        (6, 6, 2, 3, 3),
    ]


def stop_after(epoch):
    def progress(stage, done, total, detail=None):
        if stage == "fine-tuning" and detail and detail.get("epoch") == epoch and "val_accuracy" in detail:
            raise Cancelled("stopped by a person")

    return progress


def counted(samples):
    reads = []

    def reader(sample):
        def read():
            reads.append(1)
            return sample.read()

        return read

    return [Sample(reader(sample), sample.label) for sample in samples], reads


@pytest.mark.parametrize("parameters", [TUNE, dataclasses.replace(TUNE, head="vgg", epochs=2)])
@pytest.mark.parametrize("epoch", [1, 2])
def test_an_interrupted_fine_tuning_goes_on_to_the_same_result(tmp_path, parameters, epoch):
    network, samples, val = tiny_network(), coloured(24), coloured(12, seed=1)
    whole = train(network, CLASSES, samples, val, parameters, "cpu")
    state = tmp_path / "deep" / "state.pt"
    with pytest.raises(Cancelled):
        train(network, CLASSES, samples, val, parameters, "cpu", stop_after(epoch), resume=state)
    assert state.is_file()
    watched, reads = counted(samples)
    resumed = train(network, CLASSES, watched, val, parameters, "cpu", resume=state)
    assert len(reads) == (parameters.epochs - epoch) * len(samples)
    assert resumed.history == whole.history
    assert resumed.best_epoch == whole.best_epoch
    assert equal(weights(resumed.network), weights(whole.network), 1e-6)
    assert list(state.parent.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": dataclasses.replace(TUNE, learning_rate=1e-3)},
        {"network": tiny_network(seed=3)},
        {"classes": ("a", "b")},
        {"train": coloured(26)},
    ],
)
def test_the_state_of_another_task_is_not_taken_up(tmp_path, change):
    task = {"network": tiny_network(), "classes": CLASSES, "train": coloured(24), "val": coloured(12, seed=1)}
    task |= {"parameters": TUNE, "device": "cpu"}
    state = tmp_path / "state.pt"
    with pytest.raises(Cancelled):
        train(**task, progress=stop_after(2), resume=state)
    fresh = train(**(task | change))
    assert train(**(task | change), resume=state).history == fresh.history


def test_a_damaged_state_is_started_afresh(tmp_path):
    state = tmp_path / "state.pt"
    state.write_bytes(b"PK\x03\x04 damaged")
    result = train(tiny_network(), CLASSES, coloured(16), [], TUNE, "cpu", resume=state)
    assert len(result.history) == 4
    assert not state.exists()


def test_cancelling_in_any_stage_leaves_the_network_alone():
    for stage in ("features", "head", "fine-tuning", "validation"):
        network = tiny_network()
        before, modes = weights(network), [module.training for module in network.modules()]

        def progress(now, done, total, detail=None, stage=stage):
            if now == stage and done:
                raise Cancelled(stage)

        with pytest.raises(Cancelled, match=stage):
            train(network, CLASSES, coloured(16), coloured(8, seed=1), TUNE, "cpu", progress)
        assert equal(weights(network), before)
        assert [module.training for module in network.modules()] == modes


def test_statistics_of_normalisation_layers_stay():
    network = tiny_network()
    network.body = nn.Sequential(*network.body, nn.BatchNorm2d(6), nn.ReLU())
    network.body[4].running_mean.fill_(0.1)
    result = train(network, CLASSES, coloured(16), [], TUNE, "cpu")
    assert torch.equal(result.network.body[4].running_mean, torch.full((6,), 0.1))
    assert not torch.equal(result.network.body[4].weight, network.body[4].weight)


@pytest.mark.parametrize("flip", [False, True])
def test_pictures_are_mirrored_at_random_only_when_asked_and_only_for_learning(monkeypatch, flip):
    seen, prepare = [], Network.prepare
    monkeypatch.setattr(Network, "prepare", lambda self, group: [seen.extend(group), prepare(self, group)][1])
    samples, val = coloured(16), coloured(6, seed=1)
    parameters = dataclasses.replace(TUNE, epochs=3, flip=flip)
    train(tiny_network(), CLASSES, samples, val, parameters, "cpu")
    originals = {sample.read().tobytes() for sample in (*samples, *val)}
    mirrors = {sample.read()[:, ::-1].tobytes() for sample in samples}
    as_stored = sum(canvas.tobytes() in originals for canvas in seen)
    mirrored = sum(canvas.tobytes() in mirrors for canvas in seen)
    assert as_stored + mirrored == len(seen) == 22 + 3 * 22
    assert 10 <= mirrored <= 38 if flip else mirrored == 0


def test_trained_networks_can_compute_gradients_for_all_layers():
    result = train(tiny_network(), CLASSES, coloured(12), [], TrainingParameters(), "cpu")
    assert all(parameter.requires_grad for parameter in result.network.parameters())


@pytest.mark.parametrize(
    ("classes", "samples", "words"),
    [
        (("red",), coloured(4), "at least two classes"),
        (CLASSES, [sample for sample in coloured(6) if sample.label == 0], "'blue' has no training images"),
        (CLASSES, [], "'red' has no training images"),
        (("a", "b", "c"), coloured(4), "'c' has no training images"),
        (CLASSES, [*coloured(4), Sample(lambda: None, 2)], "run from 0 to 2"),
        (CLASSES, [*coloured(4), Sample(lambda: None, -1)], "run from -1"),
    ],
)
def test_classes_that_cannot_be_learned_are_refused(classes, samples, words):
    with pytest.raises(ModelError, match=words):
        train(tiny_network(), classes, samples, [], TrainingParameters(), "cpu")


def test_features_of_other_images_are_refused():
    features = (np.zeros((3, 6), np.float32), np.zeros((0, 6), np.float32))
    with pytest.raises(ModelError, match=r"3 \+ 0 rows of features for 4 \+ 0 images"):
        train(tiny_network(), CLASSES, coloured(4), [], TrainingParameters(), "cpu", features=features)


@pytest.mark.parametrize(
    "values", [{"epochs": 0}, {"batch": 0}, {"head": "deep"}, {"learning_rate": 0.0}, {"learning_rate": 50.0}]
)
def test_senseless_parameters_are_refused(values):
    with pytest.raises(ModelError):
        TrainingParameters(**values)


def test_the_learning_rate_depends_on_what_learns():
    assert TrainingParameters().rate == 1e-3
    assert TrainingParameters(head_only=False).rate == 1e-4
    assert TrainingParameters(learning_rate=0.5).rate == 0.5
