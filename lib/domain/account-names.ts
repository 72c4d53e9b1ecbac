/** The default account: of clients that were assigned no other. */
export const GLOBAL_ACCOUNT = '$G';
/** The server's own account, where no other was named. */
export const SYSTEM_ACCOUNT = '$SYS';
