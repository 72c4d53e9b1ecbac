/** Deletes what was added first, if there is anything. Sets and maps keep the order in which their keys were added. */
export function deleteOldest<K>(all: Set<K> | Map<K, unknown>): void {
  for (const key of all.keys()) {
    all.delete(key);
    return;
  }
}
