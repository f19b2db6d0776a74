/** The rules that come with the firewall, a file for each family. */
@NullMarked
package io.gatewaykit.waf.internal.rules;

import org.jspecify.annotations.NullMarked;
