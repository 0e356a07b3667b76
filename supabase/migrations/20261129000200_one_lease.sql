-- sync_lease_sites leases one site as well.
drop function public.sync_lease_site(text, integer);
