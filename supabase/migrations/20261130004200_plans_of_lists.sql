-- A site that has been added since the tables were analyzed has no pairs for the planner, so it read all that there are of it
-- once more for each user of a page: with 26,000 users, who of them such a site waits for took 20 s, and now takes 0.2 s.

alter function public.sync_pairs(text, uuid, text, text, uuid, integer) set enable_material = off;
alter function public.sync_pairs(text, uuid, text, text, uuid, integer) set enable_seqscan = off;
alter function public.sync_pairs(text, uuid, text, text, uuid, integer) set jit = off; -- see plans_of_small_tables
