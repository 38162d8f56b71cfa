-- A file on trial: what was read of it lies in tables of the work schema, named as those of the book and of raw behind
-- `trial_`, and in no other. In a run that judges deliveries they are empty.

create unlogged table trial_delivered_column as table raw.delivered_column with no data;
create unlogged table trial_delivered_row as table raw.delivered_row with no data;
create unlogged table trial_register as table raw.register with no data;
create unlogged table trial_control_total as table raw.control_total with no data;
create unlogged table trial_delivery as table ops.delivery with no data;
create unlogged table trial_delivery_month as table ops.delivery_month with no data;
create unlogged table trial_revision_reason as table ops.revision_reason with no data;
create unlogged table trial_confirmation as table ops.confirmation with no data;
create unlogged table trial_feed as
select f.*, null::boolean as reports_january from ops.feed as f with no data;

-- raw.observation, of what is on trial.
do $$ begin
    execute 'create view trial_observation as '
        || regexp_replace(pg_get_viewdef('raw.observation'), '\m(raw|ops)\.', 'trial_', 'g');
end $$;

-- What the book and raw hold, with what is on trial beside it.
create view all_deliveries as table ops.delivery union all table trial_delivery;
create view all_delivery_months as table ops.delivery_month union all table trial_delivery_month;
create view all_register as table raw.register union all table trial_register;
create view all_reasons as table ops.revision_reason union all table trial_revision_reason;
create view all_confirmations as table ops.confirmation union all table trial_confirmation;
create view all_feeds as
select
    f.*,
    (
        select t.reports_january from ops.feed_terms as t
        where t.feed = f.feed order by t.stated_at desc limit 1
    ) as reports_january
from ops.feed as f where f.feed not in (select feed from trial_feed)
union all
table trial_feed;
