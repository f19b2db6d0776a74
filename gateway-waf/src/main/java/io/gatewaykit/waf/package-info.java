/** A web application firewall: one rule program over the decoded bytes of a request. */
@NullMarked
package io.gatewaykit.waf;

import org.jspecify.annotations.NullMarked;
