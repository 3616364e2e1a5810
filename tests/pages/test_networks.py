"""The Model page: what the network is, adding one, training it through a job, and what it has learned."""

import os
from dataclasses import replace

import pytest

from sxai import jobs
from sxai.networks.verbs.networks import active_model, list_models, model_detail
from widgets.project import networks
from widgets.project.networks import OTHER


def metrics(app):
    return {one.label: one.value for one in app.metric}


def test_the_numbers_are_those_of_the_active_network(visit, project):
    shown = metrics(visit("data/networks"))
    summary = active_model(project)
    assert shown["Validation accuracy"] == f"{summary.accuracy['val']:.1%}"
    assert shown["Channels C"] == f"{summary.channels:,}"
    assert shown["Classes"] == "2"


def test_confusion_and_calibration_are_drawn(visit):
    keys = {chart.proto.id.split("-")[-1] for chart in visit("data/networks").get("plotly_chart")}
    assert {"confusion", "calibration"} <= keys


def test_taps_and_normalisation_are_listed(visit, project):
    tables = [frame.value for frame in visit("data/networks").dataframe]
    detail = model_detail(project)
    assert any("tap" in table and list(table["tap"]) == list(detail.taps) for table in tables)
    assert any("mean" in table and list(table["mean"]) == pytest.approx(list(detail.mean)) for table in tables)


@pytest.mark.parametrize(("how", "label"), [("head", "Epochs, at least"), ("all", "Epochs")])
def test_the_form_says_whether_more_epochs_may_run(visit, how, label):
    app = visit("data/networks")
    app.get("button_group")[0].set_value(how).run()
    assert app.number_input(key="train-epochs").label == label


@pytest.mark.parametrize(("how", "rate"), [("head", 1e-3), ("all", 1e-4)])
def test_training_starts_a_job_with_the_form_s_values(visit, monkeypatch, how, rate):
    started = []
    monkeypatch.setattr(jobs, "start", lambda project, verb, arguments=None: started.append((verb, arguments)) or 999)
    app = visit("data/networks")
    app.get("button_group")[0].set_value(how).run()
    app.number_input(key="train-epochs").set_value(5).run()
    app.button(key="train-go").click().run()
    (verb, arguments) = started[0]
    assert verb == "train"
    assert arguments["name"] == "pets"
    assert arguments["epochs"] == 5
    assert arguments["head_only"] is (how == "head")
    assert arguments["learning_rate"] == pytest.approx(rate)


def test_a_running_job_shows_its_early_results(visit, project):
    job = project.catalogue.add_job("train", {"name": "pets"})
    project.catalogue.claim_job(job, os.getpid())
    early = {"loss": 0.5, "train_accuracy": 0.5}
    project.catalogue.beat(job, "head", 1, 3, {**early, "epoch": 1, "val_accuracy": 0.5})
    app = visit("data/networks")
    project.catalogue.beat(job, "head", 2, 3, {**early, "epoch": 2, "val_accuracy": 0.6})
    app.run()
    assert any("60.0%, in epoch 2" in line.value for line in app.caption)
    assert "train-go" not in {button.key for button in app.button}


def test_a_finished_training_says_so_once(visit, project, monkeypatch):
    trained = replace(model_detail(project), history=[{"epoch": at, "loss": 0.1} for at in range(1, 18)])
    monkeypatch.setattr(networks, "model_detail", lambda *_: trained)
    job = project.catalogue.add_job("train", {"name": "pets"})
    project.catalogue.claim_job(job, 1)
    project.catalogue.finish_job(job, "done", result={})
    app = visit("data/networks")
    app.session_state["page.work.train"] = job
    app.run()
    assert "Training finished after 17 epochs" in app.success[0].value
    app.run()
    assert not app.success


def test_a_second_network_is_added_chosen_and_used(visit, project, at_once):
    app = visit("data/networks")
    app.selectbox(key="add-backbone").select("small").run()
    app.text_input(key="add-name-small").input("again").run()
    app.text_input(key="add-weights-small").input("random").run()
    app.button(key="add-go").click().run()
    assert not app.error
    assert at_once == [
        ("model", {"name": "again", "backbone": "small", "weights": "random", "fit": "squash"}),
        ("features", {"model": "again"}),
    ]
    assert "features are ready" in app.success[0].value
    again = active_model(project, "again")
    assert (
        len(project.catalogue.feature_rows(project.catalogue.model(again.model).id)) == project.catalogue.count_images()
    )
    assert {network.model for network in list_models(project)} == {"pets", "again"}
    app.selectbox(key="network").select("pets").run()
    app.button(key="model-use").click().run()
    assert active_model(project).model == "pets"


def test_a_network_is_added_by_its_name(visit, project, at_once):
    pytest.importorskip("sxai.torchvision_")  # timm needs torchvision mended first
    pytest.importorskip("timm")
    app = visit("data/networks")
    app.selectbox(key="add-backbone").select(OTHER).run()
    assert app.button(key="add-go").disabled
    app.text_input(key="add-other").input("timm:test_vit").run()
    assert app.text_input(key="add-name-timm:test_vit").value == "test_vit"
    app.text_input(key="add-weights-other").input("random").run()
    app.button(key="add-go").click().run()
    assert not app.error
    assert active_model(project).backbone == "timm:test_vit"
    assert any("Features can be below 0" in line.value for line in app.caption)


def test_weights_that_cannot_be_read_are_told_in_a_sentence(visit, project, at_once):
    app = visit("data/networks")
    app.selectbox(key="add-backbone").select("small").run()
    app.text_input(key="add-name-small").input("broken").run()
    app.text_input(key="add-weights-small").input("nowhere.safetensors").run()
    app.button(key="add-go").click().run()
    assert "nowhere.safetensors" in app.error[0].value
    assert at_once == []
    assert [network.model for network in list_models(project)] == ["pets"]
    assert app.text_input(key="add-name-small").value == "broken"


def test_the_form_keeps_what_was_chosen_while_a_network_is_being_added(visit, project, monkeypatch, tmp_path):
    asked = []

    def start(project, verb, arguments=None):
        asked.append(arguments)
        return project.catalogue.add_job(verb, arguments)

    monkeypatch.setattr(jobs, "start", start)
    monkeypatch.setattr(networks, "check_reachable", lambda backbone, weights: None)
    app = visit("data/networks")
    app.selectbox(key="add-backbone").select("squeezenet1_1").run()
    app.text_input(key="add-weights-squeezenet1_1").input("squeezenet.pth").run()
    app.button(key="add-go").click().run()
    job = project.catalogue.jobs()[0].id
    assert app.button(key="add-go").disabled
    project.catalogue.claim_job(job, 1)
    project.catalogue.finish_job(job, "failed", error="squeezenet.pth does not fit")
    app.run()
    assert "does not fit" in app.error[0].value
    app.button(key="add-go").click().run()
    assert [(one["backbone"], one["name"], one["weights"]) for one in asked] == [
        ("squeezenet1_1", "squeezenet1_1", "squeezenet.pth")
    ] * 2


def test_a_project_without_a_network_offers_one(visit, empty_home):
    app = visit("data/networks")
    assert app.selectbox(key="add-backbone").options
    assert not app.metric


def test_a_network_is_renamed_then_deleted(visit, project):
    app = visit("data/networks")
    app.text_input(key="model-new-name-pets").set_value("animals").run()
    app.button(key="model-rename-go").click().run()
    assert not app.exception
    assert active_model(project).model == "animals"
    app.button(key="model-delete").click().run()
    assert any("its 8 semantic spaces" in text.value for text in app.markdown)
    app.button(key="model-delete-go").click().run()
    assert not app.exception
    assert list_models(project) == []
