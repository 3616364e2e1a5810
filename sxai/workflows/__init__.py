"""The verbs of the product: what the app, the command line, the jobs and the tests all call.

The only place that joins the maths with the catalogue. Every verb takes the opened project first.
"""

from sxai.workflows.agreeing import Agreement, AgreementResult, ImageAgreement, mask_agreement
from sxai.workflows.annotating import (
    MaskResult,
    masks_from_keypoints,
    masks_from_parts,
)
from sxai.workflows.assessing import (
    ImageAssessment,
    assess_bytes,
    assess_image,
    class_average,
    similar,
    standing,
)
from sxai.workflows.attacking import AttackedImage, attack_image
from sxai.workflows.browse import (
    Overview,
    SampleDetail,
    SamplePage,
    Step,
    overview,
    predictions,
    sample_detail,
    samples,
)
from sxai.workflows.bulk import AssessResult, assess_files
from sxai.workflows.calibrating import calibrate_detection, detection_rule, reset_detection
from sxai.workflows.chances import (
    ProbabilityInUse,
    SpaceCalibration,
    calibrate_probabilities,
    probability_in_use,
    use_probability,
)
from sxai.workflows.checking import (
    MaskCoverage,
    MaskEffect,
    MaskEffects,
    MaskQuality,
    known_mask_effects,
    mask_coverage,
    mask_effects,
    mask_quality,
)
from sxai.workflows.choosing import Nearby, nearby
from sxai.workflows.combining import (
    CombineResult,
    StoredCombination,
    best_combinations,
    combine,
    combined_picture,
)
from sxai.workflows.comparing import (
    ConceptComparison,
    ConceptPairs,
    ModelComparison,
    compare_models,
    compared_images,
    known_comparison,
    shared_concepts,
)
from sxai.workflows.defending import EPSILONS, AttackTable, attack_table, known_attack_table
from sxai.workflows.demo import DemoResult, fill_demo, is_demo
from sxai.workflows.detecting import RuleInUse
from sxai.workflows.evidence import (
    PictureEvidence,
    evidence_bytes,
    evidence_document,
    evidence_figure,
    evidence_file,
    evidence_image,
    position_figure,
    saliency_figure,
    write_evidence,
)
from sxai.workflows.exchange import FORMATS, export_masks, import_masks
from sxai.workflows.extraction import ExtractResult, extract_spaces
from sxai.workflows.featuring import compute_features
from sxai.workflows.homes import ProjectHome, demo_home, describe, own_home, projects
from sxai.workflows.inspection import (
    DistributionDetail,
    OverlapDetail,
    SpaceDetail,
    distribution,
    overlap,
    space_detail,
)
from sxai.workflows.intake import FileFailure, ImportResult, import_images, import_torchvision
from sxai.workflows.judging import StoredVerdict, poor_spaces, query_doubts, verdicts
from sxai.workflows.layers import LayerRatios, layer_ratios, stored_layers
from sxai.workflows.live_effect import LiveEffect, live_effect
from sxai.workflows.masking import (
    ConceptSummary,
    MaskCanvas,
    SavedMask,
    add_concept,
    canvas_for,
    list_concepts,
    mask_queue,
    masked_preview,
    save_labels,
    save_region,
)
from sxai.workflows.networks import (
    BackboneChoice,
    ModelDetail,
    ModelSummary,
    active_model,
    add_model,
    backbone_choices,
    check_weights,
    downloads,
    list_models,
    model_detail,
    use_model,
)
from sxai.workflows.occluder_concepts import ConceptRanking, RankedConcept, rank_concepts
from sxai.workflows.occluder_results import ClassOccluder, Effect, MeanEffect, Occluders
from sxai.workflows.occluding import (
    OccludedPicture,
    learn_occluders,
    occlude_picture,
    occluders_in_use,
    stored_occluders,
)
from sxai.workflows.overconfidence import OverConfident, OverConfidentResult, overconfident
from sxai.workflows.placing import RefitResult, refit_spaces
from sxai.workflows.proposal_pictures import ProposalPicture, proposal_picture
from sxai.workflows.proposing import (
    PropagateResult,
    ProposalState,
    accept_proposal,
    propagate,
    proposal_states,
    proposals,
    reject_proposal,
)
from sxai.workflows.proto_explaining import (
    SEEN,
    ConceptSeen,
    Explainer,
    ProtoExplanation,
    ProtoExplanations,
    explain_files,
    explain_image,
)
from sxai.workflows.proto_naming import AutoMasks, Proposal, masks_from_prototypes, name_concepts, propose_names
from sxai.workflows.proto_regions import concept_examples, highlighted
from sxai.workflows.prototyping import AutoConcept, Prototypes, prototypes_in_use, stored_prototypes, train_concepts
from sxai.workflows.recommending import EstimatorScore, Recommendation, Recommendations, recommend_estimators
from sxai.workflows.report import ReportResult, write_report
from sxai.workflows.reproduction import ItemFailure, Reproduced, ReproduceResult, item_list, reproduce
from sxai.workflows.reviewing import (
    Annotator,
    EditsMet,
    MaskChange,
    annotators,
    mask_conflicts,
    mask_edits,
    mask_history,
    restore_mask,
    saw_conflicts,
    undo_mask,
    unseen_conflicts,
)
from sxai.workflows.scoring import Scoreboard, SpaceScore, score_spaces
from sxai.workflows.searching import (
    Hit,
    SearchResult,
    complete_query,
    export_rows,
    mark,
    marks,
    save_search,
    saved_searches,
    search,
    unmark,
)
from sxai.workflows.sensing import Sensitivity, known_sensitivity, perceptual_sensitivity
from sxai.workflows.spreading import SpreadPoint, TraitSpread, stored_spread, trait_spread
from sxai.workflows.stored_spaces import SpaceSummary, list_spaces, stored_estimators, use_estimator
from sxai.workflows.suggesting import Suggestion, suggestion
from sxai.workflows.suggestion_record import SuggestionRecord, UsefulQueue, suggestion_record, useful_queue
from sxai.workflows.training import train_model
from sxai.workflows.traits import CommonTraits, common_traits, searched_samples, stored_traits
from sxai.workflows.truth import TruthResult, images_to_label, known_visibility, label_visible, truth_from_keypoints
from sxai.workflows.upkeep import Restored, Swept, back_up, bring_back, check_up, sweep
from sxai.workflows.vector_checks import VectorChecks, known_tests, vector_tests
from sxai.workflows.vector_saliency import (
    SALIENCY_METHODS,
    USUAL_GATE,
    ClassMaps,
    Gate,
    PointingGame,
    class_saliency,
    pointing_game,
    two_in_one,
)
from sxai.workflows.vector_tests import ColourRole, PerturbationTable, colour_role, perturbation_table
from sxai.workflows.vectors import (
    Retrieval,
    VectorSet,
    attributes,
    diversity_accuracy,
    semantic_vectors,
    stored_vectors,
)
from sxai.workflows.visualising import (
    Visual,
    VisualiseResult,
    VisualSummary,
    stored_visuals,
    visualise,
    write_visual,
)
from sxai.workflows.workspace import Workspace, default_home, image_named, read_canvas, thumbnail, thumbnail_path

__all__ = [
    "EPSILONS", "FORMATS", "SALIENCY_METHODS", "SEEN", "USUAL_GATE", "Agreement", "AgreementResult",
    "Annotator", "AssessResult", "AttackTable", "AttackedImage", "AutoConcept", "AutoMasks", "BackboneChoice",
    "ClassMaps", "ClassOccluder", "ColourRole", "CombineResult", "CommonTraits", "ConceptComparison",
    "ConceptPairs", "ConceptRanking", "ConceptSeen", "ConceptSummary", "DemoResult", "DistributionDetail",
    "EditsMet", "Effect", "EstimatorScore", "Explainer", "ExtractResult", "FileFailure", "Gate", "Hit",
    "ImageAgreement", "ImageAssessment", "ImportResult", "ItemFailure", "LayerRatios", "LiveEffect",
    "MaskCanvas", "MaskChange", "MaskCoverage", "MaskEffect", "MaskEffects", "MaskQuality", "MaskResult",
    "MeanEffect", "ModelComparison", "ModelDetail", "ModelSummary", "Nearby", "OccludedPicture", "Occluders",
    "OverConfident", "OverConfidentResult", "OverlapDetail", "Overview", "PerturbationTable", "PictureEvidence",
    "PointingGame", "ProbabilityInUse", "ProjectHome", "PropagateResult", "Proposal", "ProposalPicture",
    "ProposalState", "ProtoExplanation", "ProtoExplanations", "Prototypes", "RankedConcept", "Recommendation",
    "Recommendations", "RefitResult", "ReportResult", "ReproduceResult", "Reproduced", "Restored", "Retrieval",
    "RuleInUse", "SampleDetail", "SamplePage", "SavedMask", "Scoreboard", "SearchResult", "Sensitivity",
    "SpaceCalibration", "SpaceDetail", "SpaceScore", "SpaceSummary", "SpreadPoint", "Step", "StoredCombination",
    "StoredVerdict", "Suggestion", "SuggestionRecord", "Swept", "TraitSpread", "TruthResult", "UsefulQueue",
    "VectorChecks", "VectorSet", "Visual", "VisualSummary", "VisualiseResult", "Workspace", "accept_proposal",
    "active_model", "add_concept", "add_model", "annotators", "assess_bytes", "assess_files", "assess_image",
    "attack_image", "attack_table", "attributes", "back_up", "backbone_choices", "best_combinations",
    "bring_back", "calibrate_detection", "calibrate_probabilities", "canvas_for", "check_up", "check_weights",
    "class_average", "class_saliency", "colour_role", "combine", "combined_picture", "common_traits",
    "compare_models", "compared_images", "complete_query", "compute_features", "concept_examples",
    "default_home", "demo_home", "describe", "detection_rule", "distribution", "diversity_accuracy",
    "downloads", "evidence_bytes", "evidence_document", "evidence_figure", "evidence_file", "evidence_image",
    "explain_files", "explain_image", "export_masks", "export_rows", "extract_spaces", "fill_demo",
    "highlighted", "image_named", "images_to_label", "import_images", "import_masks", "import_torchvision",
    "is_demo", "item_list", "known_attack_table", "known_comparison", "known_mask_effects", "known_sensitivity",
    "known_tests", "known_visibility", "label_visible", "layer_ratios", "learn_occluders", "list_concepts",
    "list_models", "list_spaces", "live_effect", "mark", "marks", "mask_agreement", "mask_conflicts",
    "mask_coverage", "mask_edits", "mask_effects", "mask_history", "mask_quality", "mask_queue",
    "masked_preview", "masks_from_keypoints", "masks_from_parts", "masks_from_prototypes", "model_detail",
    "name_concepts", "nearby", "occlude_picture", "occluders_in_use", "overconfident", "overlap", "overview",
    "own_home", "perceptual_sensitivity", "perturbation_table", "pointing_game", "poor_spaces",
    "position_figure", "predictions", "probability_in_use", "projects", "propagate", "proposal_picture",
    "proposal_states", "proposals", "propose_names", "prototypes_in_use", "query_doubts", "rank_concepts",
    "read_canvas", "recommend_estimators", "refit_spaces", "reject_proposal", "reproduce", "reset_detection",
    "restore_mask", "saliency_figure", "sample_detail", "samples", "save_labels", "save_region", "save_search",
    "saved_searches", "saw_conflicts", "score_spaces", "search", "searched_samples", "semantic_vectors",
    "shared_concepts", "similar", "space_detail", "standing", "stored_estimators", "stored_layers",
    "stored_occluders", "stored_prototypes", "stored_spread", "stored_traits", "stored_vectors",
    "stored_visuals", "suggestion", "suggestion_record", "sweep", "thumbnail", "thumbnail_path",
    "train_concepts", "train_model", "trait_spread", "truth_from_keypoints", "two_in_one", "undo_mask",
    "unmark", "unseen_conflicts", "use_estimator", "use_model", "use_probability", "useful_queue",
    "vector_tests", "verdicts", "visualise", "write_evidence", "write_report", "write_visual",
]  # fmt: skip
