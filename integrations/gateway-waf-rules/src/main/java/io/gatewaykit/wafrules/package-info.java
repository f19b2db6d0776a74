/**
 * Firewall policies in YAML files: settings, virtual patches and exclusions, reloaded on change.
 */
@NullMarked
package io.gatewaykit.wafrules;

import org.jspecify.annotations.NullMarked;
