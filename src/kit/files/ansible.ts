/** Tasks that install a kit with Ansible. */
import { archiveName, kitFolder, KitOptions } from '../kit-options';
import { yamlText } from '../quoting';

/** The task file. Certificate and key are the team's: they come from its vault or PKI, and not from the kit. */
export function ansibleTasks(kit: KitOptions): string {
  return `---
# Installs this kit: import it into a play that has "become: true".
#
#   - ansible.builtin.import_tasks: install.yml
#     vars:
#       roles_anywhere_kit: /path/on/this/machine/${archiveName(kit)}
#       roles_anywhere_arguments: ["--serve"]
#
# Certificate and key have to be on the host already; the kit has neither.
- name: Make a folder to unpack roles-anywhere-signer in
  ansible.builtin.tempfile:
    state: directory
    suffix: .roles-anywhere-kit
  register: roles_anywhere_folder
  changed_when: false

- name: Unpack roles-anywhere-signer
  ansible.builtin.unarchive:
    src: "{{ roles_anywhere_kit }}"
    dest: "{{ roles_anywhere_folder.path }}"
  changed_when: false

- name: Install roles-anywhere-signer
  ansible.builtin.command:
    argv: "{{ ['sh', 'install.sh'] + (roles_anywhere_arguments | default([])) }}"
    chdir: ${yamlText(`{{ roles_anywhere_folder.path }}/${kitFolder(kit)}`)}
  register: roles_anywhere_result
  changed_when: "'nothing has changed' not in roles_anywhere_result.stdout"

- name: Remove what was unpacked
  ansible.builtin.file:
    path: "{{ roles_anywhere_folder.path }}"
    state: absent
  changed_when: false
`;
}
