/** A function of the centre as supabase-js types it. */
export type Rpc<Args, Returns> = { Args: Args; Returns: Returns };

/** Fields of which any may be null or absent. */
export type Nullable<T> = { [Name in keyof T]?: T[Name] | null | undefined };
