-- A site that has been added since the tables were analyzed has no pairs for the planner, so it read all that there are of it
-- once more for each user of a page: with 26,000 users, who of them such a site waits for took 20 s, and now takes 0.2 s.

alter function public.sync_pairs(text, uuid, text, text, uuid, integer) set enable_material = off;
alter function public.sync_pairs(text, uuid, text, text, uuid, integer) set enable_seqscan = off;
alter function public.sync_pairs(text, uuid, text, text, uuid, integer) set jit = off; -- see plans_of_small_tables

-- Planned for itself each time: a session that has listed pairs five times would keep one plan for every search, state and
-- place, and with what is forbidden above that is a bad one. With 19 million pairs a page took 0.4 to 3 s of processor time,
-- planned for itself 3 to 120 ms.
alter function public.sync_pairs(text, uuid, text, text, uuid, integer) set plan_cache_mode = force_custom_plan;
