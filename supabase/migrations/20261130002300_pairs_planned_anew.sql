-- A session that has listed pairs five times keeps one plan for every search, state and place, and with what plans_of_lists
-- forbids it is a bad one: with 19 million pairs a page took 0.4 to 3 s of processor time, planned for itself 3 to 120 ms.

alter function public.sync_pairs(text, uuid, text, text, uuid, integer) set plan_cache_mode = force_custom_plan;
