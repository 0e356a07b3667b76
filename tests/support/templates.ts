/** Migrated like a central project. */
export const centreTemplate = "template_centre";
/** What a hosted project is before anybody did anything with it. */
export const emptyTemplate = "template_empty";
/** A site whose developer ran supabase/site/user_profiles.sql. */
export const siteTemplate = "template_site";
