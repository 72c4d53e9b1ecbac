import { expect } from 'chai';
import { BLOCKS } from '../../../lib/config/conf/translate.js';
import { confMarkdown } from '../../support/config/conf/documents.js';
import { document } from '../../support/config/documents.js';

/** The keys that nats-server 2.15 knows at the top of its configuration, every spelling. */
const TOP_KEYS =
  `listen client_advertise port server_name host net debug trace trace_verbose logtime logtime_utc mappings
  maps disable_sublist_cache no_sublist_cache accounts authorization http https http_port monitor_port https_port
  http_base_path cluster gateway leaf leafnodes store_dir storedir jetstream logfile log_file logfile_size_limit
  log_size_limit logfile_max_num log_max_num syslog remote_syslog pidfile pid_file ports_file_dir prof_port
  prof_block_rate max_control_line max_payload max_pending max_connections max_conn max_traced_msg_len
  max_subscriptions max_subs max_sub_tokens max_subscription_tokens ping_interval ping_max tls ocsp allow_non_tls
  write_deadline lame_duck_duration lame_duck_grace_period operator operators roots root root_operators root_operator
  resolver account_resolver accounts_resolver resolver_tls resolver_preload resolver_pinned_accounts no_auth_user
  system_account system no_system_account no_system no_sys_acc no_header_support trusted trusted_keys
  connect_error_reports reconnect_error_reports websocket ws mqtt server_tags default_js_domain ocsp_cache
  no_fast_producer_stall max_closed_clients trace_headers server_metadata feature_flags write_timeout proxy_protocol
  proxies default_sentinel`.split(/\s+/);

/** Likewise for its blocks. */
const BLOCK_KEYS: Readonly<Record<string, string>> = {
  authorization: `user username pass password token timeout users default_permission default_permissions permissions
    auth_callout auth_hook proxy_required`,
  auth_callout: 'issuer account acc auth_users users xkey key allowed_accounts',
  'users[]': `nkey user username pass password permission permissions authorization allowed_connection_types
    connection_types clients proxy_required`,
  permissions: 'pub publish import sub subscribe export publish_allow_responses allow_responses',
  publish: 'allow deny',
  allow_responses: 'max max_msgs max_messages max_responses expires expiration ttl',
  'accounts.NAME':
    'nkey imports exports jetstream users default_permissions mappings maps limits msg_trace trace_dest',
  'exports[]': `stream service response response_type threshold response_threshold response_max_time response_time
    accounts latency account_token_position allow_trace`,
  'imports[]': 'stream service prefix to share allow_trace',
  stream: 'account subject',
  limits: `max_connections max_conn max_subscriptions max_subs max_payload max_pay max_leafnodes max_leafs`,
  jetstream: `strict store store_dir storedir sync sync_interval max_memory_store max_mem_store max_mem max_file_store max_file
    domain enable enabled key ek encryption_key prev_key prev_ek prev_encryption_key cipher extension_hint limits tpm unique_tag
    max_outstanding_catchup max_buffered_size max_buffered_msgs request_queue_limit info_queue_limit meta_compact
    meta_compact_size meta_compact_sync max_concurrent_io`,
  'jetstream.limits': 'max_ack_pending max_ha_assets max_request_batch duplicate_window batch',
  'accounts.NAME.jetstream': `max_memory max_mem mem memory max_store max_file max_disk store disk max_streams streams max_consumers
    consumers max_bytes_required max_stream_bytes max_bytes mem_max_stream_bytes memory_max_stream_bytes disk_max_stream_bytes
    store_max_stream_bytes max_ack_pending cluster_traffic`,
  tls: `cert_file key_file ca_file insecure verify verify_and_map verify_cert_and_check_known_urls cipher_suites
    curve_preferences timeout connection_rate_limit pinned_certs cert_store cert_match_by cert_match ca_certs_match
    handshake_first first immediate cert_match_skip_invalid ocsp_peer certs certificates min_version
    allow_insecure_cipher_suites`,
  websocket: `listen port host net advertise no_tls tls same_origin allowed_origins allowed_origin allow_origins
    allow_origin origins origin handshake_timeout compress compression authorization authentication jwt_cookie user_cookie
    pass_cookie token_cookie no_auth_user headers ping_interval`,
  leafnodes: `listen port host net authorization remotes reconnect reconnect_delay reconnect_interval dial_timeout tls
    leafnode_advertise advertise no_advertise min_version minimum_version compression isolate_leafnode_interest isolate
    write_deadline write_timeout`,
  'leafnodes.remotes[]': `no_randomize dont_randomize url urls account local creds credentials nkey seed tls hub deny_imports
    deny_import deny_exports deny_export ws_compress ws_compression websocket_compress websocket_compression ws_no_masking
    websocket_no_masking jetstream_cluster_migrate js_cluster_migrate isolate_leafnode_interest isolate request_isolation
    compression first_info_timeout dial_timeout disabled proxy ignore_discovered_servers`,
  'leafnodes.authorization': 'user username pass password nkey timeout users account proxy_required',
  'leafnodes.authorization.users[]': 'user username pass password account proxy_required',
};

describe('config/conf documents', () => {
  const namesOf = (name: string) =>
    BLOCKS.find(({ block }) => block === name)?.rows.flatMap(({ names }) => names) ?? [];

  it('docs/nats-conf.md has the tables that the translation writes', () => {
    const text = document('docs/nats-conf.md', confMarkdown);
    expect(text).to.equal(confMarkdown(text));
  });

  it('docs/nats-conf.md names every key of the translation, and no other', () => {
    const text = document('docs/nats-conf.md', confMarkdown);
    const rows = [...text.matchAll(/^\| `(\w+)` \| ([^|]*) \|/gm)];
    const documented = rows.flatMap(([, name, also = '']) => [
      name,
      ...[...also.matchAll(/`(\w+)`/g)].map(([, alias]) => alias),
    ]);
    const known = BLOCKS.flatMap(({ rows: each }) => each.flatMap(({ names }) => names));
    expect(documented).to.deep.equal(known);
  });

  it("knows every one of nats-server's keys at the top, and the block sluice", () =>
    expect(namesOf('')).to.have.members([...TOP_KEYS, 'sluice']));

  for (const [block, keys] of Object.entries(BLOCK_KEYS)) {
    it(`knows every one of nats-server's keys in ${block}`, () =>
      expect(namesOf(block)).to.have.members(keys.split(/\s+/)));
  }

  it('has no key twice in a block', () => {
    for (const { block, rows } of BLOCKS) {
      const names = rows.flatMap((row) => row.names);
      expect(new Set(names).size, block).to.equal(names.length);
    }
  });
});
