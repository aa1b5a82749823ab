"""Reading what a run left behind, for assertions."""

import dagster as dg


def materialized(result):
    """Metadata by asset, as plain values."""
    return {
        event.materialization.asset_key.to_user_string(): plain(event.materialization.metadata)
        for event in result.get_asset_materialization_events()
    }


def observed(result):
    """Metadata of observations by asset, as plain values."""
    return {
        event.asset_observation_data.asset_observation.asset_key.to_user_string(): plain(
            event.asset_observation_data.asset_observation.metadata
        )
        for event in result.get_asset_observation_events()
    }


def checks(result):
    """Check results by name."""
    return {found.check_name: found for found in result.get_asset_check_evaluations()}


def failures(result):
    """The failures that people see, by step."""
    return {
        event.step_key: event.step_failure_data.user_failure_data
        for event in result.all_events
        if event.event_type == dg.DagsterEventType.STEP_FAILURE
    }


def plain(metadata):
    return {
        name: [record.data for record in value.records]
        if isinstance(value, dg.TableMetadataValue)
        else value.value
        for name, value in metadata.items()
    }
